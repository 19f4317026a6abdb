"""The mail that says that an export is ready."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress

from accounts.models import OutgoingMail
from auditlog.actors import system
from orgs.models import Membership
from orgs.services.members import remove_member
from tests.cast import Organization
from tests.workspaces.audit_log.stage import requested
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.models import AuditExport

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
