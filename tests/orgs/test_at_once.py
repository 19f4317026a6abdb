"""Changes of one account's people, teams, roles and sharing in the same moment: one after the other, in no circle."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command

from auditlog.models import Entry
from orgs.models import Membership, Team
from orgs.services.members import add_member, remove_member
from orgs.services.roles import create_role, delete_role, update_role
from orgs.services.teams import add_to_team, create_team
from rbac import permissions
from rbac.models import Grant, WorkspaceRole
from tests.at_once import at_once
from tests.cast import Organization, Person, make_colleague, share
from tests.trash import empty_trash
from workspaces.access.sharing import share_with, stop_sharing
from workspaces.directory.deletion import delete_person
from workspaces.directory.services import delete_workspace, update_workspace
from workspaces.scoping import enter


def settled(*works: Callable[[], Any]) -> None:
    """All of them end, with what a person may be told."""
    wrong = [one for one in at_once(*works) if isinstance(one, Exception) and not isinstance(one, ValidationError)]
    assert wrong == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_changes_of_one_account_do_not_wait_in_a_circle(organization: Organization, number: int) -> None:
    account, workspace, actor = organization.account, organization.workspace, organization.owner.user.as_actor()
    one = create_role(account, name="One", scopes=["see_flows"], actor=actor)
    two = create_role(account, name="Two", scopes=["see_blocks"], actor=actor)
    team = create_team(account, name="Platform", actor=actor)
    member = Membership.objects.get(account=account, user=organization.member.user)
    share(workspace, team, "One")
    share(workspace, organization.member.user, "Two")
    settled(
        lambda: update_workspace(workspace, default_role=one, actor=actor),
        lambda: update_role(one, scopes=["run_flows"], actor=actor),
        lambda: share_with(workspace, organization.member.user, one, actor=actor),
        lambda: delete_role(two, instead=one, actor=actor),
        lambda: add_to_team(team, [organization.member.user], actor=actor),
        lambda: remove_member(member, actor=actor),
    )
    settled(
        lambda: update_role(one, scopes=["manage_flows"], actor=actor),
        lambda: stop_sharing(workspace, team, actor=actor),
        lambda: delete_workspace(workspace, actor=actor),
    )
    empty_trash()
    assert not Grant.objects.filter(workspace=workspace.id).exists()


@pytest.mark.django_db(transaction=True)
def test_who_is_removed_is_in_no_team_afterwards(organization: Organization) -> None:
    actor = organization.owner.user.as_actor()
    for number in range(5):
        team = create_team(organization.account, name=f"Team {number}", actor=actor)
        member = Membership.objects.get(account=organization.account, user=organization.member.user)
        settled(
            lambda team=team: add_to_team(team, [organization.member.user], actor=actor),  # type: ignore[misc]  # lambdas
            lambda member=member: remove_member(member, actor=actor),  # type: ignore[misc]  # are untyped
        )
        assert not Team.objects.get(id=team.id).members.exists()
        add_member(organization.account, user=organization.member.user, role=permissions.MEMBER, actor=actor)


def test_what_is_given_is_within_what_the_role_holds_now(organization: Organization) -> None:
    """A caller who read the role before it grew gives no more than they have."""
    actor = organization.owner.user.as_actor()
    read_before = create_role(organization.account, name="Small", scopes=["see_flows"], actor=actor)
    grown = WorkspaceRole.objects.get(id=read_before.id)
    update_role(grown, scopes=["manage_flows"], actor=actor)
    mine = frozenset({"see_flows"})
    with pytest.raises(PermissionDenied):
        share_with(organization.workspace, organization.member.user, read_before, actor=actor, granter_scopes=mine)
    assert enter(organization.member.user, organization.workspace.id) is None
    update_role(grown, scopes=["see_flows"], actor=actor)
    share_with(organization.workspace, organization.member.user, read_before, actor=actor, granter_scopes=mine)
    entered = enter(organization.member.user, organization.workspace.id)
    assert entered is not None and entered.scopes == mine


def test_who_deletes_themselves_is_missed_in_the_records_of_their_accounts(
    organization: Organization, owner: Person
) -> None:
    leaver = make_colleague(organization.account, "leo")
    add_member(owner.account, user=leaver.user, role=permissions.COLLABORATOR, actor=owner.user.as_actor())
    delete_person(leaver.user, actor=leaver.user.as_actor())
    ended = Entry.objects.filter(action="account-membership.deleted", object_name="leo@example.com")
    assert set(ended.values_list("account_id", flat=True)) == {organization.account.id, owner.account.id}


@pytest.mark.django_db
def test_migrating_part_of_the_way_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rbac.models.WorkspaceGroupPermission._meta.db_table", "not_there_yet")
    WorkspaceRole.objects.filter(name="Viewer").update(description="old")
    call_command("migrate", "accounts", verbosity=0)
    assert WorkspaceRole.objects.get(name="Viewer", account=None).description == "old"
    monkeypatch.undo()
    call_command("migrate", verbosity=0)
    assert WorkspaceRole.objects.get(name="Viewer", account=None).description != "old"
