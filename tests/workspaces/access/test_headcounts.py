"""Counts of who may enter what agree with entering."""

import pytest

from accounts.models import User
from auditlog.actors import USER, system
from orgs.models import Membership
from orgs.services.members import add_member, set_active
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_colleague, share
from workspaces.access.default_roles import set_default_role
from workspaces.access.headcounts import Headcount, count_entered_workspaces, headcounts_of
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.scoping import enter

pytestmark = pytest.mark.django_db
US = system("tests")


def _counted(workspace: Workspace, actors: list[User]) -> Headcount:
    inside = [actor for actor in actors if enter(actor, workspace.id)]
    people = [actor for actor in inside if actor.kind == USER]
    return Headcount(len(people), len(inside) - len(people))


def test_counts_agree_with_entering(organization: Organization) -> None:
    account, mia = organization.account, organization.member.user
    bots = [create_service_account(account, name=role, role=role, actor=US)[0] for role in ("Owner", "Member")]
    others = [make_colleague(account, f"c{number}").user for number in range(3)]
    team = create_team(account, name="Data", actor=US)
    add_to_team(team, [others[0], bots[1], others[2]], actor=US)
    set_active(Membership.objects.get(account=account, user=others[2]), False, actor=US)
    nothing = WorkspaceRole.objects.create(account=account, name="Nothing")
    viewer = WorkspaceRole.objects.get(account=None, name=builtin.VIEWER)
    rooms = [create_workspace(account, name="x", handle=f"w{number}", actor=US) for number in range(5)]
    share(rooms[0], mia, builtin.VIEWER)
    share(rooms[1], team, builtin.RUNNER)
    share(rooms[1], mia, builtin.RUNNER)
    share(rooms[1], others[2], builtin.RUNNER)
    set_default_role(rooms[2], viewer, actor=US)
    share_with(rooms[3], mia, nothing, actor=US)
    set_default_role(rooms[3], nothing, actor=US)

    actors = list(User.actors.all())
    heads = headcounts_of(account, rooms)
    assert heads == {room.id: _counted(room, actors) for room in rooms}
    assert heads[rooms[1].id] == Headcount(4, 2)

    members = list(Membership.objects.filter(account=account, active=True))
    every = Workspace.objects.filter(account=account)
    assert count_entered_workspaces(account, members) == {
        one.user_id: sum(enter(User.actors.get(id=one.user_id), room.id) is not None for room in every)
        for one in members
    }


def test_counts_of_a_personal_account(owner: Person, stranger: Person) -> None:
    one = add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=US)
    assert headcounts_of(owner.account, [owner.workspace]) == {owner.workspace.id: Headcount(1, 0)}
    share(owner.workspace, stranger.user, builtin.VIEWER)
    assert headcounts_of(owner.account, [owner.workspace]) == {owner.workspace.id: Headcount(2, 0)}
    assert count_entered_workspaces(owner.account, [one]) == {stranger.user.id: 1}
