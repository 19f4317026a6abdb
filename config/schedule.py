"""Celery's schedule: the tasks that run periodically."""

HOUR = 3600


def schedule(*, mail_sweep: int, audit_chain: int) -> dict[str, object]:
    """Return the schedule. The arguments are the seconds between two runs that an installation can set."""
    audit_log, scheduling = "workspaces.audit_log.tasks", "workspaces.scheduling.tasks"
    return {
        "send waiting mail": _periodic("accounts.tasks.send_waiting_mail", seconds=mail_sweep),
        "chain audit entries": _periodic("auditlog.tasks.chain_entries", seconds=audit_chain),
        "stream audit entries": _periodic(f"{audit_log}.deliver_due_streams", seconds=audit_chain),
        "resume exports of audit logs": _periodic(f"{audit_log}.resume_exports", seconds=60),
        "drop old exports of audit logs": _periodic(f"{audit_log}.drop_old_exports", seconds=HOUR),
        "keep partitions ahead": _periodic("config.tasks.keep_partitions_ahead", seconds=HOUR),
        "schedule runs": _periodic(f"{scheduling}.schedule_runs", seconds=5),
        "mark late runs": _periodic(f"{scheduling}.mark_late_runs", seconds=5),
        "fail expired pauses": _periodic(f"{scheduling}.fail_expired_pauses", seconds=5),
        "finish cancellations": _periodic(f"{scheduling}.finish_cancellations", seconds=20),
        "note silent workers": _periodic(f"{scheduling}.note_silence", seconds=15),
        "delete expired leases": _periodic(f"{scheduling}.delete_expired_leases", seconds=15),
        "prune workspaces": _periodic("workspaces.retention.tasks.prune_workspaces", seconds=60),
        "prune audit logs": _periodic("workspaces.retention.tasks.prune_audit_logs", seconds=300),
        "forget what was pruned": _periodic("workspaces.retention.tasks.forget_history", seconds=6 * HOUR),
        "drop old partitions": _periodic("workspaces.retention.tasks.drop_old_partitions", seconds=6 * HOUR),
        "carry on transfers": _periodic("transfers.tasks.sweep", seconds=30),
        "remove what was deleted": _periodic("workspaces.trash.tasks.remove_deleted", seconds=30),
        "forget old removals": _periodic("workspaces.trash.tasks.forget_removals", seconds=HOUR),
        "drop ended keys of runs": _periodic("workspaces.run_keys.tasks.drop_ended", seconds=HOUR),
        "drop expired keys and sessions": _periodic("accounts.tasks.drop_expired", seconds=HOUR),
    }


def _periodic(task: str, *, seconds: int) -> dict[str, object]:
    """Return the schedule entry of a task that runs every `seconds`. Runs that no worker starts in time are dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}
