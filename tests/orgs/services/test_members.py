"""Members: added once, changed within the rights of the actor, and an organization always keeps an active owner."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Forbidden, Invalid
from orgs.models import Membership, Team
from orgs.services.members import (
    add_member,
    change_role,
    check_granter,
    check_may_leave_everything,
    leave_account,
    remove_member,
    set_active,
)
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import permissions
from rbac.models import Grant
from tests.cast import Organization, Person, make_person, share

BY = system("tests")
RIGHTS_OF_ADMIN = permissions.ROLES[permissions.ADMIN]


def everyone(organization: Organization) -> set[UUID]:
    team = Team.objects.get(account=organization.account, everyone=True)
    return set(team.members.values_list("id", flat=True))


def test_member_is_added_once_and_joins_the_team_of_everyone(organization: Organization, stranger: Person) -> None:
    added = add_member(organization.account, user=stranger.user, role=permissions.MEMBER, actor=BY)
    assert (added.role, added.active) == (permissions.MEMBER, True)
    assert stranger.user.id in everyone(organization)
    entry = Entry.objects.get(action="account-membership.created", object_id=added.id)
    assert entry.detail["role"] == permissions.MEMBER
    with pytest.raises(Conflict, match="is already a member of initech"):
        add_member(organization.account, user=stranger.user, role=permissions.ADMIN, actor=BY)


def test_one_member_too_many_is_refused(organization: Organization, stranger: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "members": 3}
    with pytest.raises(Invalid, match="at most 3 members"):
        add_member(organization.account, user=stranger.user, role=permissions.MEMBER, actor=BY)


def test_role_changes_with_an_entry_of_both(organization: Organization) -> None:
    member = organization.membership(organization.member)
    change_role(member, permissions.ADMIN, actor=BY, granter_scopes=RIGHTS_OF_ADMIN)
    member.refresh_from_db()
    assert member.role == permissions.ADMIN
    entry = Entry.objects.get(action="account-membership.updated")
    assert entry.detail["changes"] == {"role": {"from": permissions.MEMBER, "to": permissions.ADMIN}}


def test_same_role_again_leaves_no_entry(organization: Organization) -> None:
    change_role(organization.membership(organization.member), permissions.MEMBER, actor=BY)
    assert not Entry.objects.filter(action="account-membership.updated").exists()


def test_unknown_role_is_refused(organization: Organization) -> None:
    with pytest.raises(Invalid, match="no such account role"):
        change_role(organization.membership(organization.member), "Emperor", actor=BY)


def test_nobody_gives_or_takes_more_than_they_have(organization: Organization) -> None:
    member, owner = organization.membership(organization.member), organization.membership(organization.owner)
    changes: list[Callable[[], object]] = [
        lambda: change_role(member, permissions.OWNER, actor=BY, granter_scopes=RIGHTS_OF_ADMIN),
        lambda: change_role(owner, permissions.MEMBER, actor=BY, granter_scopes=RIGHTS_OF_ADMIN),
        lambda: set_active(owner, False, actor=BY, granter_scopes=RIGHTS_OF_ADMIN),
        lambda: remove_member(owner, actor=BY, granter_scopes=RIGHTS_OF_ADMIN),
    ]
    for change in changes:
        with pytest.raises(Forbidden, match="permissions of an Owner"):
            change()
    assert {member.role, owner.role} == {permissions.MEMBER, permissions.OWNER}


@pytest.mark.parametrize(
    ("rights", "role", "allowed"),
    [
        (None, permissions.OWNER, True),
        (RIGHTS_OF_ADMIN, permissions.ADMIN, True),
        (RIGHTS_OF_ADMIN, permissions.OWNER, False),
        (permissions.ROLES[permissions.COLLABORATOR], permissions.COLLABORATOR, True),
        (frozenset(), permissions.MEMBER, False),
    ],
)
def test_operators_may_everything_and_others_up_to_their_own(
    rights: frozenset[str] | None, role: str, allowed: bool
) -> None:
    if allowed:
        check_granter(rights, role)
    else:
        with pytest.raises(Forbidden):
            check_granter(rights, role)


def test_last_owner_stays_whatever_is_tried(organization: Organization) -> None:
    owner = organization.membership(organization.owner)
    ways_out: list[Callable[[], object]] = [
        lambda: change_role(owner, permissions.ADMIN, actor=BY),
        lambda: set_active(owner, False, actor=BY),
        lambda: remove_member(owner, actor=BY),
        lambda: leave_account(organization.account, user=organization.owner.user, actor=BY),
        lambda: check_may_leave_everything(organization.owner.user),
    ]
    for leave in ways_out:
        with pytest.raises(Conflict, match="initech would have no owner"):
            leave()


def test_suspended_owner_is_no_owner_who_stays(organization: Organization) -> None:
    second = organization.membership(organization.admin)
    change_role(second, permissions.OWNER, actor=BY)
    set_active(second, False, actor=BY)
    with pytest.raises(Conflict, match="would have no owner"):
        leave_account(organization.account, user=organization.owner.user, actor=BY)
    set_active(second, True, actor=BY)
    leave_account(organization.account, user=organization.owner.user, actor=BY)
    assert not Membership.objects.filter(user=organization.owner.user, account=organization.account).exists()


def test_removed_member_loses_teams_and_workspaces(organization: Organization) -> None:
    person = organization.member
    team = create_team(organization.account, name="Data", actor=BY)
    add_to_team(team, [person.user], actor=BY)
    share(organization.workspace, person.user, "Viewer")
    remove_member(organization.membership(person), actor=BY)
    assert not team.members.exists()
    assert not Grant.objects.filter(user=person.user, workspace=organization.workspace).exists()
    assert person.user.id not in everyone(organization)
    assert Entry.objects.get(action="account-membership.deleted").detail["workspaces"] == 1


def test_membership_that_ended_meanwhile_cannot_be_changed(organization: Organization) -> None:
    member = organization.membership(organization.member)
    Membership.objects.filter(id=member.id).delete()
    changes: list[Callable[[], object]] = [
        lambda: change_role(member, permissions.ADMIN, actor=BY),
        lambda: set_active(member, False, actor=BY),
        lambda: remove_member(member, actor=BY),
    ]
    for change in changes:
        with pytest.raises(Conflict, match="has ended"):
            change()


def test_personal_account_has_collaborators_alone_and_its_person_cannot_leave(owner: Person, stranger: Person) -> None:
    added = add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    with pytest.raises(Conflict, match="everybody except its owner is a Collaborator"):
        change_role(added, permissions.ADMIN, actor=BY)
    with pytest.raises(Conflict, match="cannot leave your personal account"):
        leave_account(owner.account, user=owner.user, actor=BY)


def test_suspended_service_account_has_keys_that_open_nothing(organization: Organization) -> None:
    bot, key, _ = create_service_account(organization.account, name="ci", actor=BY)
    member = Membership.objects.get(user=bot)
    for active in (False, True):
        set_active(member, active, actor=BY)
        key.user.refresh_from_db()
        assert key.user.is_active is active
    with pytest.raises(Conflict, match="cannot leave its account"):
        leave_account(organization.account, user=bot, actor=BY)


def test_service_account_that_gains_rights_loses_its_keys_and_one_that_loses_rights_keeps_them(
    organization: Organization,
) -> None:
    bot, _, _ = create_service_account(organization.account, name="ci", role=permissions.ADMIN, actor=BY)
    member = Membership.objects.get(user=bot)
    change_role(member, permissions.MEMBER, actor=BY)
    assert bot.api_keys.count() == 1
    change_role(member, permissions.ADMIN, actor=BY)
    assert bot.api_keys.count() == 0


def test_person_keeps_their_keys_with_more_rights(organization: Organization) -> None:
    change_role(organization.membership(organization.member), permissions.ADMIN, actor=BY)
    assert organization.member.user.api_keys.count() == 1


def test_who_owns_no_organization_may_leave_everything(db: None) -> None:
    check_may_leave_everything(make_person("una").user)
