"""Whom one may invite: valid addresses of people who are not inside, into what belongs together."""

from typing import Any

import pytest

from auditlog.actors import system
from core.errors import Conflict, Forbidden, Invalid
from orgs.services.invitees import MOST_AT_ONCE, check_not_members, check_target, is_address, parse_addresses
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team, everyone_team
from rbac import permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person
from tests.invited import built_in

BY = system("tests")


def test_addresses_are_read_once_in_lower_case() -> None:
    assert parse_addresses([" Ann@Example.com", "ann@example.com ", "bob@example.com"]) == [
        "ann@example.com",
        "bob@example.com",
    ]


def test_every_wrong_address_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        parse_addresses(["ann@example.com", "bob", "carl@"])
    assert [word in " ".join(refused.value.messages) for word in ("bob", "carl@", "ann")] == [True, True, False]


@pytest.mark.parametrize("typed", [[], [f"p{number}@example.com" for number in range(MOST_AT_ONCE + 1)]])
def test_none_and_too_many_are_refused(typed: list[str]) -> None:
    with pytest.raises(Invalid):
        parse_addresses(typed)


@pytest.mark.parametrize(
    ("email", "valid"),
    [("ann@example.com", True), ("ann", False), ("ann@example", False), ("a" * 250 + "@example.com", False)],
)
def test_address_is_one_that_mail_can_be_sent_to(email: str, valid: bool) -> None:
    assert is_address(email) is valid


def test_those_inside_are_named_and_strangers_are_not(organization: Organization, stranger: Person) -> None:
    bot, _, _ = create_service_account(organization.account, name="ci", actor=BY)
    check_not_members(organization.account, [stranger.user.email], None)
    with pytest.raises(Conflict) as refused:
        check_not_members(organization.account, [organization.member.user.email, bot.email, stranger.user.email], None)
    words = " ".join(refused.value.messages)
    assert [email in words for email in (organization.member.user.email, bot.email, stranger.user.email)] == [
        True,
        True,
        False,
    ]


def check(organization: Organization, **more: Any) -> None:
    nothing: dict[str, Any] = {"teams": [], "workspace": None, "workspace_role": None, "granter_scopes": None}
    check_target(organization.account, **{**nothing, "role": permissions.MEMBER, **more})


def test_organization_takes_members_of_every_role_that_one_has(organization: Organization) -> None:
    check(organization)
    check(organization, role=permissions.OWNER)
    rights = permissions.ROLES[permissions.ADMIN]
    check(organization, role=permissions.ADMIN, granter_scopes=rights)
    with pytest.raises(Forbidden):
        check(organization, role=permissions.OWNER, granter_scopes=rights)


def test_target_that_does_not_exist_is_refused(organization: Organization, stranger: Person) -> None:
    theirs = create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    place, viewer = organization.workspace, built_in("Viewer")
    bad: list[dict[str, Any]] = [
        {"role": "Emperor"},
        {"role": permissions.COLLABORATOR},
        {"teams": [everyone_team(organization.account.id)]},
        {"teams": [create_team(stranger.account, name="Theirs", actor=BY)]},
        {"workspace": place},
        {"workspace_role": viewer},
        {"workspace": stranger.workspace, "workspace_role": viewer},
        {"workspace": place, "workspace_role": theirs},
    ]
    for target in bad:
        with pytest.raises(Invalid):
            check(organization, **target)


def test_personal_account_invites_into_a_workspace_alone(owner: Person) -> None:
    nothing: dict[str, Any] = {"teams": [], "granter_scopes": None}
    viewer = built_in("Viewer")
    check_target(
        owner.account, role=permissions.COLLABORATOR, workspace=owner.workspace, workspace_role=viewer, **nothing
    )
    for role, workspace in ((permissions.MEMBER, owner.workspace), (permissions.COLLABORATOR, None)):
        with pytest.raises(Invalid, match="has no members"):
            check_target(owner.account, role=role, workspace=workspace, workspace_role=viewer, **nothing)


def test_teams_and_scopes_are_given_by_those_who_have_them(organization: Organization) -> None:
    team = create_team(organization.account, name="Data", actor=BY)
    rights = permissions.ROLES[permissions.MEMBER]
    with pytest.raises(Forbidden, match="update:team"):
        check(organization, teams=[team], granter_scopes=rights)
    check(organization, teams=[team], granter_scopes=rights | {"update:team"})
    place: dict[str, Any] = {"workspace": organization.workspace, "workspace_role": built_in("Developer")}
    with pytest.raises(Forbidden, match="Developer"):
        check(organization, **place, granter_scopes=rights | {"see_flows"})
    check(organization, **place, granter_scopes=rights | built_in("Developer").all_scopes)


def test_role_that_was_deleted_meanwhile_is_gone(organization: Organization) -> None:
    role = create_role(organization.account, name="Short", scopes=["see_flows"], actor=BY)
    WorkspaceRole.objects.filter(id=role.id).delete()
    with pytest.raises(Conflict, match="was deleted"):
        check(organization, workspace=organization.workspace, workspace_role=role)
