"""Background tasks of the audit log."""

from celery import shared_task

from auditlog.chains import chain_new_entries


@shared_task
def chain_entries() -> None:
    chain_new_entries()
