"""The background services, as Celery tasks. Each looks at all workspaces, and does no harm if it runs twice."""

from celery import shared_task

from workspaces.scheduling import (
    cancellations,
    expired_leases,
    expired_pauses,
    late_runs,
    scheduler,
    silent_workers,
)


@shared_task
def schedule_runs() -> None:
    scheduler.schedule_runs()


@shared_task
def mark_late_runs() -> None:
    late_runs.mark_late_runs()


@shared_task
def fail_expired_pauses() -> None:
    expired_pauses.fail_expired_pauses()


@shared_task
def finish_cancellations() -> None:
    cancellations.finish_cancellations()


@shared_task
def note_silence() -> None:
    silent_workers.note_silence()


@shared_task
def delete_expired_leases() -> None:
    expired_leases.delete_expired_leases()
