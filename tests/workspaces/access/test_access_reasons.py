"""The reasons that are shown for somebody's access are those that let them in."""

from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from auditlog.actors import system
from orgs.models import Membership, Team
from orgs.services.members import add_member, set_active
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_colleague, share
from workspaces.access.access_reasons import ACCOUNT, DEFAULT, DIRECT, TEAM, find_reasons
from workspaces.access.default_roles import set_default_role
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.scoping import enter

pytestmark = pytest.mark.django_db
US = system("tests")


def _agrees(workspace: Workspace, user: User) -> bool:
    """Check that the reasons together say what `enter` says. Returns whether the user may enter."""
    access, found = enter(user, workspace.id), find_reasons([workspace.id], user)
    told = frozenset().union(*(one.role.all_scopes for one in found))
    assert (access.scopes if access else frozenset()) == told, (workspace, user, found)
    assert (access is None) == (found == [])
    return access is not None


def _actors(account: Account, team: Team) -> list[User]:
    """One person of each account role, in the team where that is possible; each a second time suspended; others."""
    found = []
    for role, active in product(permissions.ROLES, (True, False)):
        person = make_colleague(account, f"{role.lower()}-{active}".lower(), role).user
        if role != permissions.COLLABORATOR:
            add_to_team(team, [person], actor=US)
        if not active:
            set_active(Membership.objects.get(account=account, user=person), False, actor=US)
        found.append(person)
    for role in (permissions.ADMIN, permissions.MEMBER):
        bot, _, _ = create_service_account(account, name=f"bot {role}", role=role, actor=US)
        add_to_team(team, [bot], actor=US)
        found.append(bot)
    return [*found, make_colleague(account, "alone").user]


def test_reasons_agree_with_entering_for_every_combination(organization: Organization, stranger: Person) -> None:
    account = organization.account
    team = create_team(account, name="Data", actor=US)
    empty = WorkspaceRole.objects.create(account=account, name="Nothing")
    own = WorkspaceRole.objects.create(account=account, name="Own", scopes=["see_blocks"])
    runner = WorkspaceRole.objects.get(account=None, name=builtin.RUNNER)
    viewer = WorkspaceRole.objects.get(account=None, name=builtin.VIEWER)
    actors = _actors(account, team)
    entered = 0
    for number, (direct, of_team, default) in enumerate(
        product((None, viewer, own, empty), (None, runner, empty), (None, viewer, empty))
    ):
        workspace = create_workspace(account, name="x", handle=f"w{number}", actor=US)
        if direct:
            for actor in actors:
                share_with(workspace, actor, direct, actor=US)
        if of_team:
            share_with(workspace, team, of_team, actor=US)
        set_default_role(workspace, default, actor=US)
        entered += sum(_agrees(workspace, actor) for actor in [*actors, organization.member.user, stranger.user])
    assert entered > 100


def test_each_way_in_is_named(organization: Organization) -> None:
    account, workspace, mia = organization.account, organization.workspace, organization.member.user
    team = create_team(account, name="Data", actor=US)
    add_to_team(team, [mia], actor=US)
    share(workspace, mia, builtin.DEVELOPER)
    share(workspace, team, builtin.RUNNER)
    set_default_role(workspace, WorkspaceRole.objects.get(account=None, name=builtin.VIEWER), actor=US)

    assert [(one.role.name, one.source, one.via, one.team_id) for one in find_reasons([workspace.id], mia)] == [
        ("Developer", DIRECT, "", None),
        ("Runner", TEAM, "Data", team.id),
        ("Viewer", DEFAULT, "", None),
    ]
    admin = find_reasons([workspace.id], organization.admin.user)
    assert [(one.role.name, one.source, one.via) for one in admin] == [
        ("Owner", ACCOUNT, "Admin"),
        ("Viewer", DEFAULT, ""),
    ]


def test_only_the_asked_account_is_told_of(organization: Organization) -> None:
    mia = organization.member
    share(organization.workspace, mia.user, builtin.VIEWER)
    assert [one.workspace for one in find_reasons(None, mia.user)] == [organization.workspace, mia.workspace]
    assert [one.workspace for one in find_reasons(None, mia.user, account=mia.account)] == [mia.workspace]
    assert [(one.source, one.via) for one in find_reasons([mia.workspace.id], mia.user)] == [(ACCOUNT, "Owner")]
    assert find_reasons([mia.workspace.id], organization.admin.user) == []


def test_a_collaborator_of_a_personal_account(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=US)
    assert not _agrees(owner.workspace, stranger.user)
    share(owner.workspace, stranger.user, builtin.RUNNER)
    assert _agrees(owner.workspace, stranger.user)
    assert [(one.role.name, one.source) for one in find_reasons([owner.workspace.id], stranger.user)] == [
        ("Runner", DIRECT)
    ]


def test_two_queries_however_many_workspaces(organization: Organization) -> None:
    for number in range(5):
        workspace = create_workspace(organization.account, name="x", handle=f"w{number}", actor=US)
        share(workspace, organization.member.user, builtin.VIEWER)
    with CaptureQueriesContext(connection) as captured:
        assert len(find_reasons(None, organization.member.user, account=organization.account)) == 5
    assert len(captured) == 2
