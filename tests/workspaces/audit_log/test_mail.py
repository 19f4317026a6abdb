"""The mails that say that an export is ready and that a stream fails."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress

from accounts.models import OutgoingMail
from auditlog.actors import system
from auditlog.chains import chain_new_entries
from orgs.models import Membership
from orgs.services.members import remove_member
from tests.cast import Organization, Person
from tests.receiver import Receiver
from tests.workspaces.audit_log.stage import deliver_now, requested
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.stream_delivery import MAIL_AFTER
from workspaces.audit_log.stream_services import create_stream

US = system("tests")


def test_person_gets_a_mail_with_the_link(organization: Organization) -> None:
    before = OutgoingMail.objects.count()
    export = requested(organization)
    write_export(export.id)
    mail = OutgoingMail.objects.latest("id")
    assert OutgoingMail.objects.count() == before + 1
    assert mail.recipient == organization.admin.user.email
    assert mail.subject == "The export of Initech's audit log is ready"
    link = f"http://127.0.0.1:8000/account/{organization.account.id}/audit-log/exports"
    export.refresh_from_db()
    for part in (mail.text, mail.html):
        assert link in part
        assert f"It has {export.entries} entries and is kept until 20" in part
    for kind in ("csv", "jsonl"):
        assert kind not in mail.text


def _leave(organization: Organization) -> None:
    membership = Membership.objects.get(account=organization.account, user=organization.admin.user)
    remove_member(membership, actor=US)


def _become_member(organization: Organization) -> None:
    Membership.objects.filter(account=organization.account, user=organization.admin.user).update(role="Member")


def _lose_confirmation(organization: Organization) -> None:
    EmailAddress.objects.filter(user=organization.admin.user).update(verified=False)


@pytest.mark.parametrize("change", [_leave, _become_member, _lose_confirmation])
def test_others_get_no_mail(organization: Organization, change: Callable[[Organization], None]) -> None:
    export = requested(organization)
    change(organization)
    before = OutgoingMail.objects.count()
    write_export(export.id)
    assert AuditExport.objects.get(id=export.id).ready
    assert OutgoingMail.objects.count() == before


def _failed(organization: Organization, receiver: Receiver, *, by: Person, times: int) -> AuditStream:
    address = f"https://127.0.0.1:{receiver.port}/"
    stream, _ = create_stream(organization.account, address=address, actor=by.user.as_actor())
    chain_new_entries()
    receiver.status = 503
    for _ in range(times):
        deliver_now(stream)
    assert stream.failures == times
    return stream


def test_creator_of_a_stream_gets_one_mail_when_it_has_failed_for_long(
    organization: Organization, receiver: Receiver
) -> None:
    before = OutgoingMail.objects.count()
    stream = _failed(organization, receiver, by=organization.admin, times=MAIL_AFTER - 1)
    assert OutgoingMail.objects.count() == before
    for _ in range(2):
        deliver_now(stream)
    assert OutgoingMail.objects.count() == before + 1
    mail = OutgoingMail.objects.latest("id")
    assert (mail.recipient, mail.subject) == (organization.admin.user.email, "A stream of Initech's audit log fails")
    for part in (mail.text, mail.html):
        assert (
            "to 127.0.0.1 has failed 9 times in a row. The last error: The host answered with the status 503." in part
        )
        assert f"/account/{organization.account.id}/audit-log/streams" in part
        assert stream.secret not in part


def test_owners_get_the_mail_if_the_creator_has_left(organization: Organization, receiver: Receiver) -> None:
    stream = _failed(organization, receiver, by=organization.admin, times=MAIL_AFTER - 1)
    _leave(organization)
    before = OutgoingMail.objects.count()
    deliver_now(stream)
    mails = OutgoingMail.objects.order_by("id")[before:]
    assert [mail.recipient for mail in mails] == [organization.owner.user.email]
    assert "because you own the account" in mails[0].text
