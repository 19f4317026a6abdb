"""Every operation of the API that changes something: how to perform it, and what the audit log must say of it.

An operation has the line that `tests/rbac/surface.py` has for it, and either a `Change` or the reason why it leaves no
entry. Names in braces are values of the fixture `stage` in `tests/auditlog/test_every_operation.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READS = "It only reads."
RUNS = "Runs, their states and logs are records of their own (docs/audit-log.md)."
NOTHING = "It stores nothing."
SLOTS = "Slots are taken and released all the time by runs, not by decisions of people."
POLLS = "It notes at most that somebody polls, which is nobody's decision."


@dataclass(frozen=True)
class Change:
    """The actions of the entries that an operation leaves, separated by spaces, and the body of the request.

    `id` names the value of <id> in the address, `at` those of other parts that differ, and `query` is its query string.
    """

    actions: str
    body: Any = None
    id: str = ""
    query: str = ""
    at: Mapping[str, str] = field(default_factory=dict)


HELD = {"account_id": "keeping_id", "workspace_id": "held_id"}
_ONE_RUN = {"flow_runs": {"id": {"any_": ["{flow_run_id}"]}}}
_ONLY_THE_OWNER = {f"{level}_actor_ids": ["{owner_id}"] for level in ("view", "run", "manage")}

WORKSPACE: dict[str, Change | str] = {
    "POST /flow_runs/<id>/set_state": Change(
        "flow-run.state-set", {"state": {"type": "CANCELLING"}, "force": True}, "flow_run_id"
    ),
    "PATCH /flow_runs/<id>": Change("flow-run.updated", {"name": "new"}, "flow_run_id"),
    "DELETE /flow_runs/<id>": Change("flow-run.deleted", id="flow_run_id"),
    "POST /logs/": RUNS,
    "POST /flow_runs/": RUNS,
    "POST /flows/": Change("flow.created", {"name": "new"}),
    "PATCH /flows/<id>": Change("flow.updated", {"tags": ["new"]}, "flow_id"),
    "DELETE /flows/<id>": Change("flow.deleted", id="flow_id"),
    "POST /flow_runs/filter": READS,
    "POST /logs/filter": READS,
    "POST /flow_runs/count": READS,
    "POST /flow_runs/history": READS,
    "POST /flow_runs/paginate": READS,
    "POST /flow_runs/lateness": READS,
    "POST /flow_runs/bulk_delete": Change("flow-run.deleted", _ONE_RUN),
    "POST /flow_runs/bulk_set_state": Change("flow-run.state-set", {**_ONE_RUN, "state": {"type": "CANCELLED"}}),
    "POST /flow_runs/<id>/resume": RUNS,
    "PATCH /flow_runs/<id>/labels": Change("flow-run.updated", {"new": "label"}, "flow_run_id"),
    "POST /flow_runs/<id>/input": Change("flow-run-input.created", {"key": "new", "value": "1"}, "flow_run_id"),
    "POST /flow_runs/<id>/input/filter": READS,
    "DELETE /flow_runs/<id>/input/<key>": Change("flow-run-input.deleted", id="flow_run_id"),
    "POST /task_runs/": RUNS,
    "PATCH /task_runs/<id>": Change("task-run.updated", {"name": "new"}, "task_run_id"),
    "DELETE /task_runs/<id>": Change("task-run.deleted", id="task_run_id"),
    "POST /task_runs/filter": READS,
    "POST /task_runs/count": READS,
    "POST /task_runs/history": READS,
    "POST /flows/filter": READS,
    "POST /flows/count": READS,
    "POST /flows/paginate": READS,
    "POST /flows/bulk_delete": Change("flow.deleted", {"flows": {"id": {"any_": ["{flow_id}"]}}}),
    "POST /deployments/": Change("deployment.created", {"name": "new", "flow_id": "{flow_id}"}),
    "PATCH /deployments/<id>": Change("deployment.updated", {"description": "new"}, "deployment_id"),
    "DELETE /deployments/<id>": Change("deployment.deleted", id="deployment_id"),
    "POST /deployments/filter": READS,
    "POST /deployments/count": READS,
    "POST /deployments/paginate": READS,
    "POST /deployments/bulk_delete": Change(
        "deployment.deleted", {"deployments": {"id": {"any_": ["{deployment_id}"]}}}
    ),
    "POST /deployments/my-access": READS,
    "PUT /deployments/<id>/access": Change(
        "deployment-access.updated",
        {"access_control": {f"{level}_actor_ids": ["{owner_id}"] for level in ("manage", "run", "view")}},
        "deployment_id",
    ),
    "POST /deployments/<id>/branch": Change("deployment.created", {"branch": "new"}, "deployment_id"),
    "POST /deployments/<id>/pause_deployment": Change("deployment.paused", id="deployment_id"),
    "POST /deployments/<id>/resume_deployment": Change("deployment.resumed", id="deployment_id"),
    "POST /deployments/<id>/disable": Change("deployment.disabled", id="deployment_id"),
    "POST /deployments/<id>/enable": Change("deployment.enabled", id="deployment_id"),
    "POST /deployments/<id>/set_schedule_active": Change("deployment-schedule.updated", id="deployment_id"),
    "POST /deployments/<id>/set_schedule_inactive": Change("deployment-schedule.updated", id="deployment_id"),
    "POST /deployments/<id>/schedules": Change(
        "deployment-schedule.created", [{"schedule": {"cron": "0 0 * * *"}}], "deployment_id"
    ),
    "PATCH /deployments/<id>/schedules/<schedule_id>": Change(
        "deployment-schedule.updated", {"active": False}, "deployment_id"
    ),
    "DELETE /deployments/<id>/schedules/<schedule_id>": Change("deployment-schedule.deleted", id="deployment_id"),
    "POST /deployments/<id>/versions/paginate": READS,
    "DELETE /deployments/<id>/versions/<version_id>": Change("deployment-version.deleted", id="deployment_id"),
    "POST /deployments/<id>/versions/<version_id>/promote": Change("deployment.promoted", {}, "deployment_id"),
    "POST /deployments/<id>/create_flow_run": RUNS,
    "POST /deployments/<id>/create_flow_run/bulk": RUNS,
    "DELETE /automations/owned-by/<resource_id>": NOTHING,
    "POST /ui/schemas/validate": READS,
    "POST /ui/flows/count-deployments": READS,
    "POST /ui/flows/next-runs": READS,
    "POST /ui/flow_runs/history": READS,
    "POST /ui/flow_runs/count-task-runs": READS,
    "POST /ui/task_runs/dashboard/counts": READS,
    "POST /ui/task_runs/count": READS,
    "PUT /saved_searches/": Change("saved-search.created", {"name": "new"}),
    "DELETE /saved_searches/<id>": Change("saved-search.deleted", id="search_id"),
    "POST /saved_searches/filter": READS,
    "POST /work_pools/<name>/get_scheduled_flow_runs": POLLS,
    "POST /work_pools/<name>/concurrency_status": READS,
    "POST /deployments/get_scheduled_flow_runs": POLLS,
    "POST /work_queues/<id>/get_runs": POLLS,
    "POST /work_queues/<id>/concurrency_status": READS,
    "POST /ui/work_pools/count-flow-runs": READS,
    "POST /work_pools/": Change("work-pool.created", {"name": "new", "type": "process"}),
    "PATCH /work_pools/<name>": Change("work-pool.updated", {"is_paused": True}),
    "DELETE /work_pools/<name>": Change("work-pool.deleted"),
    "POST /work_pools/filter": READS,
    "POST /work_pools/count": READS,
    "POST /work_pools/paginate": READS,
    "POST /work_pools/my-access": READS,
    "PUT /work_pools/<name>/access": Change("work-pool-access.updated", {"access_control": _ONLY_THE_OWNER}),
    "PUT /work_pools/<name>/run-keys": Change("work-pool.updated", {"enabled": False}),
    "POST /work_pools/<work_pool_name>/queues": Change("work-queue.created", {"name": "new"}),
    "POST /work_pools/<work_pool_name>/queues/filter": READS,
    "POST /work_pools/<work_pool_name>/queues/paginate": READS,
    "PATCH /work_pools/<work_pool_name>/queues/<name>": Change("work-queue.updated", {"priority": 1}),
    "DELETE /work_pools/<work_pool_name>/queues/<name>": Change("work-queue.deleted"),
    "POST /work_pools/<work_pool_name>/workers/heartbeat": Change("worker.created", {"name": "new"}),
    "POST /work_pools/<work_pool_name>/workers/filter": READS,
    "POST /work_pools/<work_pool_name>/workers/paginate": READS,
    "DELETE /work_pools/<work_pool_name>/workers/<name>": Change("worker.deleted"),
    "POST /work_queues/": Change("work-queue.created", {"name": "new"}),
    "PATCH /work_queues/<id>": Change("work-queue.updated", {"is_paused": True}, "work_queue_id"),
    "DELETE /work_queues/<id>": Change("work-queue.deleted", id="work_queue_id"),
    "POST /work_queues/filter": READS,
    "POST /work_queues/paginate": READS,
    "POST /variables/": Change("variable.created", {"name": "new", "value": 1}),
    "PATCH /variables/<id>": Change("variable.updated", {"value": 2}, "variable_id"),
    "DELETE /variables/<id>": Change("variable.deleted", id="variable_id"),
    "PATCH /variables/name/<name>": Change("variable.updated", {"value": 2}),
    "DELETE /variables/name/<name>": Change("variable.deleted"),
    "POST /variables/filter": READS,
    "POST /variables/count": READS,
    "POST /v2/concurrency_limits/increment-with-lease": SLOTS,
    "POST /v2/concurrency_limits/decrement-with-lease": SLOTS,
    "POST /v2/concurrency_limits/leases/<lease_id>/renew": SLOTS,
    "POST /v2/concurrency_limits/increment": SLOTS,
    "POST /v2/concurrency_limits/decrement": SLOTS,
    "POST /v2/concurrency_limits/filter": READS,
    "POST /v2/concurrency_limits/": Change("concurrency-limit.created", {"name": "new", "limit": 1}),
    "PATCH /v2/concurrency_limits/<id_or_name>": Change("concurrency-limit.updated", {"limit": 9}),
    "DELETE /v2/concurrency_limits/<id_or_name>": Change("concurrency-limit.deleted"),
    "POST /concurrency_limits/increment": SLOTS,
    "POST /concurrency_limits/decrement": SLOTS,
    "POST /concurrency_limits/filter": READS,
    "POST /concurrency_limits/": Change("concurrency-limit.created", {"tag": "new", "concurrency_limit": 1}),
    "DELETE /concurrency_limits/<id>": Change("concurrency-limit.deleted", id="limit_id"),
    "DELETE /concurrency_limits/tag/<tag>": Change("concurrency-limit.deleted"),
    "POST /concurrency_limits/tag/<tag>/reset": Change("concurrency-limit.reset", {}),
    "POST /deployments/<id>/schedule": RUNS,
    "POST /telemetry/v1/metrics": NOTHING,
    "POST /user_access/": Change(
        "workspace-access.created", {"user_id": "{user_id}", "workspace_role_id": "{viewer_role_id}"}
    ),
    "POST /user_access/filter": READS,
    "DELETE /user_access/<id>": Change("workspace-access.deleted", id="user_access_id"),
    "POST /bot_access/": Change(
        "workspace-access.updated", {"bot_id": "{bot_id}", "workspace_role_id": "{viewer_role_id}"}
    ),
    "POST /bot_access/filter": READS,
    "DELETE /bot_access/<id>": Change("workspace-access.deleted", id="bot_access_id"),
    "PUT /team_access/": Change(
        "workspace-access.updated", [{"team_id": "{team_id}", "workspace_role_id": "{role_id}"}]
    ),
    "POST /team_access/filter": READS,
    "DELETE /team_access/<team_id>": Change("workspace-access.deleted"),
    "POST /invitations/": Change("workspace-invitation.created", {"email": "new@example.com"}),
    "POST /invitations/filter": READS,
    "POST /invitations/<id>/revoke": Change("workspace-invitation.revoked", id="invitation_id"),
    "PATCH ": Change("workspace.updated", {"name": "new"}),
    "DELETE ": Change("workspace.deleted"),
    "PATCH /settings": Change("workspace.updated", {"inherit_default_result_storage": False}),
    "PATCH /retention": Change("retention.updated", {"runs": 5}),
    "POST /retention/preview": READS,
    "DELETE /default_workspace_role": Change("workspace-access.deleted"),
    "POST /transfer": Change(
        "workspace.transfer-approved workspace.transfer-requested",
        {"to_account_id": "{personal_id}", "new_handle": "new"},
    ),
    "POST /validate_transfer": READS,
}

ACCOUNT: dict[str, Change | str] = {
    "PATCH /settings": Change("account-settings.updated", {"ai_log_summaries": True}),
    "PATCH /domains": Change("account-domains.updated", {"domain_names": ["new.example.com"]}),
    "PUT /image": Change("account.image-set", "{image}"),
    "DELETE /image": Change("account.image-removed"),
    "POST /account_memberships/filter": READS,
    "POST /account_memberships/count": READS,
    "POST /account_memberships/set_active": Change(
        "account-membership.updated", {"membership_ids": ["{membership_id}"], "active": False}
    ),
    "PATCH /account_memberships/<id>": Change(
        "account-membership.updated", {"account_role_id": "{admin_role_id}"}, "membership_id"
    ),
    "DELETE /account_memberships/<id>": Change("account-membership.deleted", id="membership_id"),
    "PATCH /account_memberships/<id>/active": Change("account-membership.updated", {"active": False}, "membership_id"),
    "POST /account_roles/filter": READS,
    "PATCH /account_roles/<id>": "Account roles are built in: it always refuses.",
    "DELETE /account_roles/<id>": "Account roles are built in: it always refuses.",
    "POST /workspace_roles/": Change("workspace-role.created", {"name": "new", "scopes": ["see_flows"]}),
    "POST /workspace_roles/filter": READS,
    "PATCH /workspace_roles/<id>": Change("workspace-role.updated", {"name": "new"}, "role_id"),
    "DELETE /workspace_roles/<id>": Change("workspace-role.deleted", id="role_id"),
    "POST /bots/": Change("account-membership.created service-account.created api-key.created", {"name": "new"}),
    "POST /bots/filter": READS,
    "PATCH /bots/<id>": Change("service-account.updated", {"name": "new"}, "bot_id"),
    "DELETE /bots/<id>": Change("account-membership.deleted service-account.deleted", id="bot_id"),
    "POST /bots/<id>/rotate_api_key": Change("api-key.created api-key.deleted api-key.rotated", {}, "bot_id"),
    "DELETE /bots/<id>/delete_bot_api_key/<api_key_id>": Change("api-key.deleted", id="bot_id"),
    "POST /teams/": Change("team.created", {"name": "new"}),
    "POST /teams/filter": READS,
    "PUT /teams/<id>": Change("team.updated", {"name": "new"}, "team_id"),
    "DELETE /teams/<id>": Change("team.deleted", id="team_id"),
    "PUT /teams/<id>/members": Change(
        "team-membership.created", {"members": [{"member_id": "{admin_id}", "member_type": "user"}]}, "team_id"
    ),
    "DELETE /teams/<team_id>/members/<actor_id>": Change("team-membership.deleted"),
    "POST /invitations/": Change(
        "account-invitation.created", [{"email": "new@example.com", "account_role_id": "{member_role_id}"}]
    ),
    "POST /invitations/filter": READS,
    "POST /invitations/count": READS,
    "POST /invitations/<id>/revoke": Change("account-invitation.revoked", id="account_invitation_id"),
    "PUT /ip_allowlist": Change("ip-allowlist.updated", {"entries": [{"ip_network": "10.0.0.0/8", "enabled": False}]}),
    "PATCH ": Change("account.updated", {"name": "new"}),
    "DELETE ": Change("account.deleted workspace.deleted"),
    "POST /workspaces/": Change("workspace.created", {"name": "new", "handle": "new"}),
    "POST /workspaces/filter": READS,
    "PATCH /retention": Change("retention.updated", {"runs": 5}),
    "POST /retention/preview": READS,
    "PUT /legal_holds/<workspace_id>": Change("legal-hold.set", {"reason": "Case 7"}),
    "DELETE /legal_holds/<workspace_id>": Change("legal-hold.ended", at=HELD),
    "POST /transfers/": Change(
        "workspace.transfer-requested",
        {"workspace_id": "{workspace_id}", "to_account_handle": "adam", "new_handle": "new"},
    ),
    "POST /transfers/preview": READS,
    "POST /transfers/filter": READS,
    "DELETE /transfers/refused_sources/<source_id>": Change("workspace.transfers-accepted"),
    "POST /transfers/<transfer_id>/approve": Change("workspace.transfer-approved", {"preview_hash": "{transfer_hash}"}),
    "POST /transfers/<transfer_id>/decline": Change("workspace.transfer-declined", {}),
    "POST /transfers/<transfer_id>/cancel": Change("workspace.transfer-cancelled", at={"transfer_id": "outgoing_id"}),
    "POST /transfers/<transfer_id>/undo": Change(
        "workspace.transferred-in workspace.transferred-out", at={"transfer_id": "completed_id"}
    ),
    "POST /trash/<trashed_id>/restore": Change("workspace.restored", {}),
    "POST /events/filter": READS,
    "POST /events/count-by/<countable>": READS,
}

OWN: dict[str, Change | str] = {
    "POST /me/api_keys/filter": READS,
    "POST /me/sessions/filter": READS,
    "POST /me/sessions/<session_id>/terminate": Change("user.session-ended"),
    "PUT /me/profile-image": Change("account.image-set", "{image}"),
    "DELETE /me/profile-image": Change("account.image-removed"),
    "POST /me/profile-image/reset": Change("account.image-removed"),
    "POST /users/<id>/api_keys": Change("api-key.created", {"name": "new"}, "owner_id"),
    "DELETE /users/<id>/api_keys/<api_key_id>": Change("api-key.deleted", id="owner_id"),
    "DELETE /me/accounts/<account_id>": Change("account-membership.deleted"),
    "POST /accounts/": Change("account-membership.created account.created", {"name": "new", "handle": "new"}),
    "DELETE /me/workspaces/<workspace_id>": Change("workspace-access.deleted"),
    "PATCH /users/<id>": Change("user.updated", {"title": "Dr"}, "owner_id"),
    "POST /me/trash/<trashed_account_id>/restore": Change("account.restored"),
    "DELETE /users/<id>": Change("account-membership.deleted user.deleted workspace.deleted", id="owner_id"),
    "POST /invitations/<id>/accept": Change(
        "workspace-invitation.accepted", id="invitation_id", query="invite_code={token}"
    ),
    "POST /invitations/<id>/reject": Change(
        "workspace-invitation.rejected", id="invitation_id", query="invite_code={token}"
    ),
}
