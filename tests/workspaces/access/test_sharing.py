"""Sharing a workspace: with those of the account, within the scopes of the actor, and each change recorded."""

from typing import Any

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Forbidden, Invalid
from orgs.models import Membership
from orgs.services.members import add_member
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from rbac import builtin, permissions
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import usable_role
from tests.cast import Organization, Person
from tests.invited import built_in
from workspaces.access.default_roles import default_role, set_default_role
from workspaces.access.sharing import leave_workspace, share_with, share_with_all, stop_sharing
from workspaces.models import Workspace

BY = system("tests")
VIEWER, RUNNER, DEVELOPER = builtin.VIEWER, builtin.RUNNER, builtin.DEVELOPER


def roles(workspace: Workspace) -> dict[str, str]:
    held = Grant.objects.filter(workspace=workspace)
    return {
        person or team: role
        for person, team, role in held.values_list("user__email", "group__team__name", "role__name")
    }


def actions() -> list[str]:
    found = Entry.objects.filter(action__startswith="workspace-access.").order_by("id")
    return [entry.action.partition(".")[2] for entry in found]


def test_role_is_given_changed_and_taken_back(organization: Organization) -> None:
    place, person = organization.workspace, organization.member.user
    for role in (VIEWER, VIEWER, RUNNER):
        share_with(place, person, built_in(role), actor=BY)
    assert roles(place) == {person.email: RUNNER}
    assert [stop_sharing(place, person, actor=BY) for _ in range(2)] == [True, False]
    assert roles(place) == {}
    assert actions() == ["created", "updated", "deleted"]


def test_entry_names_who_and_both_roles(organization: Organization) -> None:
    person = organization.member.user
    for role in (VIEWER, RUNNER):
        share_with(organization.workspace, person, built_in(role), actor=BY)
    entry = Entry.objects.get(action="workspace-access.updated")
    assert entry.detail["changes"] == {"role": {"from": VIEWER, "to": RUNNER}}
    assert (entry.detail["accessor_id"], entry.detail["accessor_kind"]) == (str(person.id), "user")


def test_only_those_of_the_account_are_let_in(organization: Organization, stranger: Person) -> None:
    theirs = create_team(stranger.account, name="Theirs", actor=BY)
    for who in (stranger.user, theirs):
        with pytest.raises(Invalid):
            share_with(organization.workspace, who, built_in(VIEWER), actor=BY)
    assert roles(organization.workspace) == {}


def test_role_of_another_account_is_none_of_this_one(organization: Organization, stranger: Person) -> None:
    theirs = create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    with pytest.raises(Invalid, match="no such role"):
        share_with(organization.workspace, organization.member.user, theirs, actor=BY)
    with pytest.raises(Invalid, match="no such role"):
        usable_role(organization.account, theirs.id)
    assert usable_role(stranger.workspace.account, theirs.id) == theirs
    assert usable_role(organization.account, built_in(VIEWER).id) == built_in(VIEWER)


def test_nobody_gives_or_takes_scopes_that_they_have_not(organization: Organization) -> None:
    place, person = organization.workspace, organization.member.user
    rights: dict[str, Any] = {"actor": BY, "granter_scopes": built_in(RUNNER).all_scopes}
    share_with(place, person, built_in(RUNNER), **rights)
    with pytest.raises(Forbidden, match=DEVELOPER):
        share_with(place, person, built_in(DEVELOPER), **rights)
    share_with(place, person, built_in(DEVELOPER), actor=BY)
    for change in (
        lambda: share_with(place, person, built_in(RUNNER), **rights),
        lambda: stop_sharing(place, person, **rights),
    ):
        with pytest.raises(Forbidden, match=DEVELOPER):
            change()
    assert roles(place) == {person.email: DEVELOPER}


def test_several_are_let_in_together_or_not_at_all(organization: Organization, stranger: Person) -> None:
    place, member, admin = organization.workspace, organization.member.user, organization.admin.user
    with pytest.raises(Invalid):
        share_with_all(place, [(member, built_in(VIEWER)), (stranger.user, built_in(VIEWER))], actor=BY)
    assert roles(place) == {}
    wanted = [(member, built_in(VIEWER)), (admin, built_in(RUNNER)), (member, built_in(DEVELOPER))]
    share_with_all(place, wanted, actor=BY)
    assert roles(place) == {member.email: DEVELOPER, admin.email: RUNNER}


def test_what_is_gone_meanwhile_is_shared_with_nobody(organization: Organization) -> None:
    place, person = organization.workspace, organization.member.user
    role = create_role(organization.account, name="Short", scopes=["see_flows"], actor=BY)
    WorkspaceRole.objects.filter(id=role.id).delete()
    with pytest.raises(Conflict, match="role was deleted"):
        share_with(place, person, role, actor=BY)
    Workspace.objects.filter(id=place.id).delete()
    for change in (
        lambda: share_with(place, person, built_in(VIEWER), actor=BY),
        lambda: stop_sharing(place, person, actor=BY),
    ):
        with pytest.raises(Conflict, match="workspace was deleted"):
            change()


def test_default_role_is_that_of_everyone(organization: Organization) -> None:
    place = organization.workspace
    assert default_role(place) is None
    set_default_role(place, built_in(VIEWER), actor=BY)
    assert default_role(place) == built_in(VIEWER)
    with pytest.raises(Forbidden):
        set_default_role(place, built_in(DEVELOPER), actor=BY, granter_scopes=built_in(VIEWER).all_scopes)
    set_default_role(place, None, actor=BY)
    set_default_role(place, None, actor=BY)
    assert default_role(place) is None
    assert actions() == ["created", "deleted"]


def test_personal_workspace_has_no_default_role(owner: Person) -> None:
    with pytest.raises(Invalid, match="personal account"):
        set_default_role(owner.workspace, built_in(VIEWER), actor=BY)
    set_default_role(owner.workspace, None, actor=BY)
    assert default_role(owner.workspace) is None


def test_collaborator_leaves_the_account_with_the_last_workspace(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    share_with(owner.workspace, stranger.user, built_in(VIEWER), actor=BY)
    leave_workspace(owner.workspace, user=stranger.user, actor=BY)
    assert not Membership.objects.filter(account=owner.account, user=stranger.user).exists()


def test_member_stays_in_the_account_without_a_workspace(organization: Organization) -> None:
    share_with(organization.workspace, organization.member.user, built_in(VIEWER), actor=BY)
    leave_workspace(organization.workspace, user=organization.member.user, actor=BY)
    assert Membership.objects.filter(account=organization.account, user=organization.member.user).exists()


def test_only_a_role_of_ones_own_can_be_given_up(organization: Organization) -> None:
    set_default_role(organization.workspace, built_in(VIEWER), actor=BY)
    for person in (organization.owner, organization.member):
        with pytest.raises(Conflict, match="no direct role"):
            leave_workspace(organization.workspace, user=person.user, actor=BY)
    bot, _, _ = create_service_account(organization.account, name="ci", actor=BY)
    share_with(organization.workspace, bot, built_in(RUNNER), actor=BY)
    with pytest.raises(Conflict, match="service account cannot leave"):
        leave_workspace(organization.workspace, user=bot, actor=BY)
