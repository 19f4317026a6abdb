"""Adds to the demo company what its pages need beyond it, and prints addresses that no page links to.

`site.manage("shell", "-c", "from tests.pages.sample_rows import add; add()")`
"""

import json
from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import Account, User
from accounts.services.keys import create_key
from auditlog.actors import system
from config.demo import company
from orgs.models import Invitation, ServiceAccount
from orgs.pages import account_address
from orgs.services.invitations import invite, new_link
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import rotate_key
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from transfers.models import RefusedSource
from transfers.services.execution import carry_out
from transfers.services.preview import Plan
from transfers.services.requests import start
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.services import request_export
from workspaces.directory.deletion import delete_organization
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.pages import address
from workspaces.retention.holds import set_hold
from workspaces.retention.pruning import note_removed
from workspaces.retention.services import set_workspace_retention

US = system("demo")


def add() -> None:
    maya = User.objects.get(email="maya@northwind.example")
    account = Account.objects.get(handle="northwind")
    lab = create_workspace(maya.personal_account, name="Lab", handle="lab", actor=US)
    viewer = WorkspaceRole.objects.get(account=None, name=builtin.VIEWER)
    guest: dict[str, Any] = {"workspace": lab, "workspace_role": viewer, "invited_by": maya, "actor": US}
    invite(maya.personal_account, ["friend@example.com"], role=permissions.COLLABORATOR, **guest)
    create_key(maya, name="laptop", expires_at=None, actor=US)
    set_networks(account, [Network("127.0.0.0/8", description="Office")], address="127.0.0.1", actor=US)
    rotate_key(ServiceAccount.objects.get(home_account=account), grace=timedelta(days=1), actor=US)
    tailspin = create_organization(founder=maya, name="Tailspin", handle="tailspin", actor=US)
    invite(tailspin, ["newcomer@example.com"], role=permissions.MEMBER, invited_by=maya, actor=US)
    link = new_link(Invitation.objects.get(email="newcomer@example.com"), actor=US)
    ravi = User.objects.get(email="ravi@northwind.example")
    reset = f"{user_pk_to_url_str(ravi)}-{default_token_generator.make_token(ravi)}"
    unconfirmed, _ = EmailAddress.objects.get_or_create(user=ravi, email="ravi@new.example", verified=False)
    role = WorkspaceRole.objects.get(account=account, name=company.ROLE)
    for kind in ("csv", "jsonl"):
        export = request_export(account, kind=kind, entry_filter=EntryFilter(group="team"), actor=maya.as_actor())
        write_export(export.id)
    AuditExport.objects.filter(id=export.id).update(problem="The file would be too large. Choose a shorter period.")
    AuditExport.objects.create(
        account=account, kind="csv", actor_name=maya.name, first=1, last=4, position=3, claimed_at=now()
    )
    for number, host in enumerate(("siem.northwind.example", "archive.northwind.example", "old.northwind.example")):
        AuditStream.objects.create(
            account=account, address=f"https://{host}/", secret="", actor_name=maya.name, failures=number % 2,
            last_error="The host refused the connection." * (number % 2), paused_at=now() if number == 2 else None,
            next_attempt_at=now() + timedelta(hours=1), tested_at=now() if number == 0 else None,
        )  # fmt: skip
    delete_workspace(create_workspace(account, name="Old lab", handle="old-lab", actor=US), actor=maya.as_actor())
    lost = create_organization(founder=maya, name="Old company", handle="old-company", actor=US)
    delete_organization(lost, actor=maya.as_actor())
    set_workspace_retention(lab, {"runs": 30, "logs": 7}, actor=US)
    set_hold(lab, reason="Case 7", actor=US)
    note_removed(account.id, "logs", 1_234, workspace=lab)
    gift, move = (
        create_workspace(maya.personal_account, name=name, handle=name.lower(), actor=US) for name in ("Gift", "Move")
    )
    by_maya: dict[str, Any] = {"user": maya, "actor": maya.as_actor()}
    start(Plan(gift, account, "gift", {}, 3600), target_is_open=False, **by_maya)
    carry_out(start(Plan(move, account, "moved-in", {}, 3600), **by_maya).id)
    RefusedSource.objects.create(account=account, source=ravi.personal_account)
    analytics = account.workspaces.get(handle="analytics")
    print(
        "ADDRESSES",
        json.dumps(
            {
                "inside": [
                    account_address(account, "role", role.id),
                    f"{address(analytics, 'work-pool', 'kubernetes-prod')}?tab=workers",
                    address(analytics, "dashboard"),
                    address(lab, "collaborators"),
                    "/auth/client?callback=http%3A//localhost%3A4242",
                    "/",
                ],
                "outside": [
                    "/auth/sign-in",
                    "/auth/reset",
                    link[link.index("/invitation/") :],
                    f"/auth/reset/{reset}",
                    reverse("account_confirm_email", args=[EmailConfirmationHMAC(unconfirmed).key]),
                ],
            }
        ),
    )
