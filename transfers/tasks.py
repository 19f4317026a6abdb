"""Background tasks of transfers. Each does no harm if it runs twice."""

from uuid import UUID

from celery import shared_task

from transfers.services import execution
from transfers.services import sweep as sweeping


@shared_task
def carry_out(transfer_id: str) -> None:
    execution.carry_out(UUID(transfer_id))


@shared_task
def sweep() -> None:
    sweeping.sweep()
