"""Teams: names of their own, members of the account alone, and a team of everyone that follows the memberships."""

from typing import Any

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Invalid, Taken
from orgs.models import Membership, Team
from orgs.services.members import add_member, change_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import (
    add_to_team,
    create_team,
    delete_team,
    everyone_team,
    remove_from_team,
    update_team,
)
from rbac import permissions
from rbac.models import Grant
from tests.cast import Organization, Person, share

BY = system("tests")


@pytest.fixture
def team(organization: Organization) -> Team:
    return create_team(organization.account, name="Data", actor=BY)


def test_name_is_trimmed_needed_and_unique_in_its_account(organization: Organization, owner: Person) -> None:
    assert create_team(organization.account, name="  Data ", actor=BY).name == "Data"
    with pytest.raises(Taken):
        create_team(organization.account, name="Data", actor=BY)
    with pytest.raises(Invalid, match="needs a name"):
        create_team(organization.account, name="  ", actor=BY)
    create_team(owner.account, name="Data", actor=BY)


def test_team_of_everyone_counts_for_no_cap(organization: Organization, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "teams": 1}
    create_team(organization.account, name="Data", actor=BY)
    with pytest.raises(Invalid, match="at most 1 teams"):
        create_team(organization.account, name="More", actor=BY)


def test_change_keeps_what_is_not_given_and_is_recorded_once(team: Team) -> None:
    update_team(team, name="Data", description="Everything with numbers", actor=BY)
    update_team(team, name="Numbers", actor=BY)
    update_team(team, name="Numbers", actor=BY)
    team.refresh_from_db()
    assert (team.name, team.description) == ("Numbers", "Everything with numbers")
    entries = Entry.objects.filter(action="team.updated").order_by("id")
    assert [list(entry.detail["changes"]) for entry in entries] == [["description"], ["name"]]


def test_name_of_another_team_is_taken(team: Team, organization: Organization) -> None:
    other = create_team(organization.account, name="Ops", actor=BY)
    with pytest.raises(Taken):
        update_team(other, name="Data", actor=BY)


def test_members_are_added_once_and_each_with_an_entry(team: Team, organization: Organization) -> None:
    add_to_team(team, [organization.member.user], actor=BY)
    add_to_team(team, [organization.member.user, organization.admin.user], actor=BY)
    assert set(team.members.all()) == {organization.member.user, organization.admin.user}
    assert Entry.objects.filter(action="team-membership.created", object_id=team.id).count() == 2


def test_stranger_is_not_added_nor_anybody_with_them(team: Team, organization: Organization, stranger: Person) -> None:
    with pytest.raises(Invalid, match="is not a member of initech"):
        add_to_team(team, [organization.member.user, stranger.user], actor=BY)
    assert not team.members.exists()


def test_service_account_belongs_to_teams_but_not_to_everyone(team: Team, organization: Organization) -> None:
    bot, _, _ = create_service_account(organization.account, name="ci", actor=BY)
    add_to_team(team, [bot], actor=BY)
    assert [str(member.id) for member in team.members.all()] == [str(bot.id)]
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    assert bot.id not in set(everyone.members.values_list("id", flat=True))


def test_leaving_a_team_is_true_once(team: Team, organization: Organization) -> None:
    add_to_team(team, [organization.member.user], actor=BY)
    assert [remove_from_team(team, organization.member.user, actor=BY) for _ in range(2)] == [True, False]
    assert Entry.objects.filter(action="team-membership.deleted").count() == 1


def test_deleted_team_takes_its_grants_and_leaves_its_members(team: Team, organization: Organization) -> None:
    add_to_team(team, [organization.member.user], actor=BY)
    share(organization.workspace, team, "Viewer")
    group = team.group_id
    delete_team(team, actor=BY)
    assert not Grant.objects.filter(group=group).exists()
    assert Membership.objects.filter(account=organization.account, user=organization.member.user).exists()
    assert Entry.objects.get(action="team.deleted").detail["workspaces"] == 1


def test_team_of_everyone_and_one_that_is_gone_cannot_be_changed(team: Team, organization: Organization) -> None:
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    gone = Team.objects.get(id=team.id)
    delete_team(team, actor=BY)
    for one in (everyone, gone):
        for change in (
            lambda one=one: update_team(one, name="Other", actor=BY),
            lambda one=one: delete_team(one, actor=BY),
            lambda one=one: add_to_team(one, [organization.member.user], actor=BY),
            lambda one=one: remove_from_team(one, organization.member.user, actor=BY),
        ):
            with pytest.raises(Conflict, match="cannot be changed"):
                change()


def test_personal_account_has_no_everyone(owner: Person) -> None:
    assert everyone_team(owner.account.id) is None


def test_team_of_everyone_follows_the_memberships(organization: Organization, stranger: Person) -> None:
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    member = add_member(organization.account, user=stranger.user, role=permissions.MEMBER, actor=BY)
    assert everyone.members.filter(id=stranger.user.id).exists()
    change_role(member, permissions.COLLABORATOR, actor=BY)
    assert not everyone.members.filter(id=stranger.user.id).exists()
    change_role(member, permissions.ADMIN, actor=BY)
    assert everyone.members.filter(id=stranger.user.id).exists()
