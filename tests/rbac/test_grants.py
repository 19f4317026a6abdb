"""Grants: one role for each holder and workspace, and guardian's permissions never differ from what is granted."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from auditlog.actors import system
from orgs.services.roles import create_role
from orgs.services.teams import add_to_team, create_team
from rbac import builtin
from rbac.grants import (
    add_members,
    apply_role_change,
    delete_workspace_grants,
    grant_role,
    holders_of,
    lock_role,
    members_of,
    reassign_holders,
    remove_members,
    revoke,
    revoke_all,
)
from rbac.models import Grant, WorkspaceGroupPermission, WorkspaceRole
from tests.cast import Organization, Person
from tests.invited import built_in
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.scoping import enter

BY = system("tests")


@pytest.fixture
def place(organization: Organization) -> Workspace:
    return organization.workspace


@pytest.fixture
def person(organization: Organization) -> User:
    return organization.member.user


@pytest.fixture
def group(organization: Organization) -> Group:
    team = create_team(organization.account, name="Data", actor=BY)
    add_to_team(team, [organization.member.user], actor=BY)
    return team.group


def scopes(user: User, workspace: Workspace) -> frozenset[str]:
    access = enter(user, workspace.id)
    return access.scopes if access else frozenset()


def permitted(group: Group, workspace: UUID) -> set[str]:
    rows = WorkspaceGroupPermission.objects.filter(group=group, content_object=workspace)
    return set(rows.values_list("permission__codename", flat=True))


def test_actor_gets_the_scopes_of_the_role_and_loses_them_with_it(place: Workspace, person: User) -> None:
    assert scopes(person, place) == frozenset()
    grant = grant_role(place.id, built_in(builtin.VIEWER), user=person)
    assert scopes(person, place) == built_in(builtin.VIEWER).all_scopes
    revoke(grant)
    assert scopes(person, place) == frozenset()


def test_second_role_takes_the_place_of_the_first(place: Workspace, person: User, group: Group) -> None:
    for holder in ({"user": person}, {"group": group}):
        first = grant_role(place.id, built_in(builtin.DEVELOPER), **holder)
        second = grant_role(place.id, built_in(builtin.VIEWER), **holder)
        assert (first.id, Grant.objects.filter(workspace=place, **holder).count()) == (second.id, 1)
    assert scopes(person, place) == built_in(builtin.VIEWER).all_scopes


def test_same_role_again_changes_nothing(place: Workspace, person: User) -> None:
    role = built_in(builtin.VIEWER)
    first, second = grant_role(place.id, role, user=person), grant_role(place.id, role, user=person)
    assert (first, first.updated) == (second, second.updated)


def test_team_gives_its_members_what_it_holds(place: Workspace, person: User, group: Group) -> None:
    grant = grant_role(place.id, built_in(builtin.RUNNER), group=group)
    assert permitted(group, place.id) == built_in(builtin.RUNNER).all_scopes == scopes(person, place)
    remove_members(group, [person.id])
    assert scopes(person, place) == frozenset()
    revoke(grant)
    assert permitted(group, place.id) == set()


def test_own_role_and_that_of_a_team_add_up(place: Workspace, person: User, group: Group) -> None:
    role = create_role(place.account, name="Own", scopes=["see_variables"], actor=BY)
    own = grant_role(place.id, role, user=person)
    grant_role(place.id, built_in(builtin.RUNNER), group=group)
    assert scopes(person, place) == built_in(builtin.RUNNER).all_scopes | {"see_variables"}
    revoke(own)
    assert scopes(person, place) == built_in(builtin.RUNNER).all_scopes


def test_all_own_grants_in_an_account_end_and_no_others(
    organization: Organization, stranger: Person, place: Workspace, person: User, group: Group
) -> None:
    second = create_workspace(organization.account, name="Second", handle="second", actor=BY)
    for workspace in (place, second, stranger.workspace):
        grant_role(workspace.id, built_in(builtin.DEVELOPER), user=person)
    grant_role(place.id, built_in(builtin.VIEWER), group=group)
    assert revoke_all(person, organization.account.id) == 2
    assert scopes(person, second) == frozenset()
    assert scopes(person, place) == built_in(builtin.VIEWER).all_scopes  # by the team
    assert Grant.objects.get(user=person).workspace == stranger.workspace


def test_members_join_once_and_part_once(group: Group, person: User, organization: Organization) -> None:
    admin = organization.admin.user
    add_members(group, [person.id, admin.id])
    assert set(members_of(group)) == {person, admin}
    assert [remove_members(group, [person.id]), remove_members(group, [person.id])] == [1, 0]


def test_holders_of_a_role_are_one_group_in_each_workspace(organization: Organization, place: Workspace) -> None:
    second = create_workspace(organization.account, name="Second", handle="second", actor=BY)
    viewer = built_in(builtin.VIEWER)
    assert holders_of(place.id, viewer) == holders_of(place.id, viewer) != holders_of(second.id, viewer)
    assert permitted(holders_of(place.id, viewer), place.id) == viewer.all_scopes
    assert permitted(holders_of(place.id, viewer), second.id) == set()


HOLDERS: list[Callable[[Workspace, WorkspaceRole, User, Group], Grant]] = [
    lambda place, role, person, group: grant_role(place.id, role, user=person),
    lambda place, role, person, group: grant_role(place.id, role, group=group),
]


@pytest.mark.parametrize("grant", HOLDERS, ids=["person", "team"])
def test_change_of_a_role_reaches_its_holders_and_nobody_else(
    organization: Organization, place: Workspace, person: User, group: Group,
    grant: Callable[[Workspace, WorkspaceRole, User, Group], Grant],
) -> None:  # fmt: skip
    role = create_role(organization.account, name="Own", scopes=["see_flows", "see_blocks"], actor=BY)
    other = create_role(organization.account, name="Other", scopes=["see_blocks"], actor=BY)
    grant(place, role, person, group)
    grant_role(place.id, other, user=organization.admin.user)
    before = role.all_scopes
    role.scopes = ["see_flows", "see_variables"]
    role.save()
    apply_role_change(role, before=before)
    assert scopes(person, place) == {"see_flows", "see_variables"}
    assert permitted(holders_of(place.id, other), place.id) == {"see_blocks"}


@pytest.mark.parametrize("grant", HOLDERS, ids=["person", "team"])
def test_holders_of_a_role_get_another_instead(
    organization: Organization, place: Workspace, person: User, group: Group,
    grant: Callable[[Workspace, WorkspaceRole, User, Group], Grant],
) -> None:  # fmt: skip
    role = create_role(organization.account, name="Own", scopes=["see_flows", "see_blocks"], actor=BY)
    held = grant(place, role, person, group)
    reassign_holders(role, built_in(builtin.RUNNER))
    held.refresh_from_db()
    assert held.role == built_in(builtin.RUNNER)
    assert scopes(person, place) == built_in(builtin.RUNNER).all_scopes


def test_workspace_that_goes_leaves_no_group_behind(place: Workspace, person: User, group: Group) -> None:
    holders = holders_of(place.id, built_in(builtin.VIEWER))
    grant_role(place.id, built_in(builtin.VIEWER), user=person)
    grant_role(place.id, built_in(builtin.VIEWER), group=group)
    delete_workspace_grants(place.id)
    assert not Group.objects.filter(id=holders.id).exists()
    assert Group.objects.filter(id=group.id).exists()
    assert not WorkspaceGroupPermission.objects.filter(content_object=place).exists()
    assert not Grant.objects.filter(workspace=place).exists()


def test_role_is_held_as_it_is_now(organization: Organization) -> None:
    role = create_role(organization.account, name="Own", scopes=["see_flows"], actor=BY)
    WorkspaceRole.objects.filter(id=role.id).update(scopes=["see_blocks"])
    assert lock_role(role).all_scopes == {"see_blocks"}
    WorkspaceRole.objects.filter(id=role.id).delete()
    with pytest.raises(WorkspaceRole.DoesNotExist):
        lock_role(role)
