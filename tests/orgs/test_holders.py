"""Who holds the roles of an account: counted, and in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from auditlog.actors import system
from orgs.holders import HolderCounts, holders_of_roles
from orgs.models import Invitation
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from rbac import builtin
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, share
from workspaces.access.default_roles import set_default_role
from workspaces.directory.services import create_workspace

US = system("tests")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (HolderCounts(), ""),
        (HolderCounts(people=1), "1 person"),
        (HolderCounts(people=12, teams=1), "12 people, 1 team"),
        (HolderCounts(service_accounts=2, defaults=1), "2 service accounts, default in 1 workspace"),
        (HolderCounts(defaults=3, invited=1), "default in 3 workspaces, 1 invited"),
    ],
)
def test_words(counts: HolderCounts, words: str) -> None:
    assert counts.words == words


def test_holders_are_counted_once_and_only_in_this_account(organization: Organization, stranger: Person) -> None:
    account, workspace = organization.account, organization.workspace
    other = create_workspace(account, name="Other", handle="other", actor=US)
    viewer = WorkspaceRole.objects.get(account=None, name=builtin.VIEWER)
    unused = create_role(account, name="Unused", scopes=["see_flows"], actor=US)
    bot, _, _ = create_service_account(account, name="ci", actor=US)
    team = create_team(account, name="Data", actor=US)
    for place in (workspace, other):
        for grantee in (organization.member.user, bot, team):
            share(place, grantee, builtin.VIEWER)
    set_default_role(other, viewer, actor=US)

    assert holders_of_roles(account, [viewer.id, unused.id]) == {
        viewer.id: HolderCounts(people=1, teams=1, service_accounts=1, defaults=1)
    }
    assert holders_of_roles(stranger.account, [viewer.id]) == {}


@pytest.mark.parametrize(("status", "counted"), [(Invitation.PENDING, 1), (Invitation.REVOKED, None)])
def test_pending_invitations_count(status: str, counted: int | None, organization: Organization) -> None:
    role = create_role(organization.account, name="Ours", scopes=["see_flows"], actor=US)
    now = timezone.now()
    Invitation.objects.create(
        account=organization.account,
        email="nora@example.com",
        workspace=organization.workspace,
        workspace_role=role,
        digest="d" * 64,
        status=status,
        sent_at=now,
        expires_at=now + timedelta(days=1),
    )
    expected = {role.id: HolderCounts(invited=counted)} if counted else {}
    assert holders_of_roles(organization.account, [role.id]) == expected
