"""Background tasks of the audit log's exports and streams."""

from uuid import UUID

from celery import shared_task

from workspaces.audit_log import export_writing, services, stream_delivery


@shared_task
def write_export(export_id: str) -> None:
    export_writing.write_export(UUID(export_id))


@shared_task
def resume_exports() -> None:
    export_writing.resume_exports()


@shared_task
def drop_old_exports() -> None:
    services.drop_old_exports()


@shared_task
def deliver_stream(stream_id: str) -> None:
    stream_delivery.deliver(UUID(stream_id))


@shared_task
def test_stream(stream_id: str) -> None:
    stream_delivery.send_test(UUID(stream_id))


@shared_task
def deliver_due_streams() -> None:
    stream_delivery.queue_due_streams()
