"""Exports and streams of an organization of the cast, and what a receiver got."""

from uuid import UUID

from django.utils import timezone

from auditlog.actors import system
from auditlog.chains import chain_new_entries
from auditlog.models import Entry
from orgs.services.teams import create_team
from tests.cast import Organization, Person
from tests.receiver import Receiver
from workspaces.audit_log import services
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.stream_delivery import deliver
from workspaces.audit_log.stream_services import (
    create_stream,
)

US = system("tests")


def requested(organization: Organization, kind: str = "jsonl", by: Person | None = None) -> AuditExport:
    actor = (by or organization.admin).user.as_actor()
    return services.request_export(organization.account, kind=kind, entry_filter=EntryFilter(), actor=actor)


def add_entries(account_id: UUID, count: int) -> None:
    now = timezone.now()
    Entry.objects.bulk_create(
        Entry(
            action="team.updated", actor_kind="user", actor_name="Mia", account_id=account_id, object_id=str(number),
            object_name=f"Team {number}", detail={"number": number}, occurred=now, user_agent="u" * 200,
        )
        for number in range(count)
    )  # fmt: skip


def stream_to(receiver: Receiver, person: Organization | Person, path: str = "") -> tuple[AuditStream, str]:
    """Create a stream that has nothing to send."""
    address = f"https://127.0.0.1:{receiver.port}/{path}"
    stream, secret = create_stream(person.account, address=address, actor=US)
    chain_new_entries()
    while deliver_now(stream):
        pass
    receiver.requests.clear()
    return stream, secret


def deliver_now(stream: AuditStream) -> bool:
    """Send what waits, without waiting for the next attempt. Return whether something was sent."""
    before = AuditStream.objects.get(id=stream.id).position
    AuditStream.objects.filter(id=stream.id).update(next_attempt_at=timezone.now())
    deliver(stream.id)
    stream.refresh_from_db()
    return stream.position > before


def add_teams(organization: Organization, *names: str) -> None:
    for name in names:
        create_team(organization.account, name=name, actor=US)
    chain_new_entries()


def names(receiver: Receiver) -> list[str]:
    return [entry["object_name"] for request in receiver.requests for entry in request.entries]
