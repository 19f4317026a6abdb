"""Access lists: they narrow what roles give, never open by themselves, and nobody shuts themselves out."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from auditlog.models import Entry
from orgs.models import Team
from orgs.services.teams import add_to_team, create_team, delete_team
from rbac import access_lists
from rbac.access_lists import MANAGE, OPEN, RUN, VIEW
from tests.cast import Organization, Person, make_colleague, share
from tests.rbac.shelf.models import Pool, PoolUserPermission
from tests.trash import empty_trash
from workspaces.access_lists import AccessRequest, set_access_list, visible_rows
from workspaces.directory.deletion import delete_person
from workspaces.directory.services import delete_workspace
from workspaces.scoping import Access, enter

EVERYONE = {VIEW: AccessRequest(everyone=True), RUN: AccessRequest(everyone=True), MANAGE: AccessRequest(everyone=True)}


@pytest.fixture
def pool(organization: Organization) -> Pool:
    """A pool in a workspace whose member is a developer."""
    share(organization.workspace, organization.member.user, "Developer")
    return Pool.objects.create(workspace=organization.workspace, name="pool")


def access(pool: Pool, person: Person) -> Access:
    entered = enter(person.user, pool.workspace_id)
    assert entered is not None
    return entered


def write(pool: Pool, by: Person, wanted: Mapping[str, AccessRequest]) -> None:
    set_access_list(
        pool, wanted, access=access(pool, by), user=by.user, noun="pool", name=pool.name, actor=by.user.as_actor()
    )


def levels(pool: Pool, person: Person) -> list[str]:
    entered = access(pool, person)
    rows = Pool.objects.filter(workspace=pool.workspace)
    return [level for level in (VIEW, RUN, MANAGE) if visible_rows(rows, entered, person.user, level).exists()]


def test_a_list_shuts_out_who_is_not_named(organization: Organization, pool: Pool) -> None:
    other = make_colleague(organization.account, "otto")
    share(organization.workspace, other.user, "Developer")
    assert levels(pool, other) == [VIEW, RUN, MANAGE]
    write(pool, organization.owner, {RUN: AccessRequest(actors=[organization.member.user.id])})
    assert levels(pool, organization.member) == [VIEW, RUN]
    assert levels(pool, other) == []
    assert levels(pool, organization.admin) == [VIEW, RUN, MANAGE]  # who repairs lists is bound by none
    write(pool, organization.owner, {**EVERYONE, MANAGE: AccessRequest(actors=[organization.member.user.id])})
    assert (levels(pool, other), levels(pool, organization.member)) == ([VIEW, RUN], [VIEW, RUN, MANAGE])


@pytest.mark.parametrize("wanted", [{}, EVERYONE, {level: AccessRequest() for level in (VIEW, RUN, MANAGE)}])
def test_nobody_named_or_everyone_everywhere_is_no_list(
    organization: Organization, pool: Pool, wanted: dict[str, AccessRequest]
) -> None:
    write(pool, organization.owner, {VIEW: AccessRequest(actors=[organization.owner.user.id])})
    assert levels(pool, organization.member) == []
    write(pool, organization.owner, wanted)
    assert (levels(pool, organization.member), access_lists.read_list(pool)) == ([VIEW, RUN, MANAGE], OPEN)


def test_a_manager_may_not_shut_themselves_out(organization: Organization, pool: Pool) -> None:
    member = organization.member
    team = create_team(organization.account, name="Platform", actor=member.user.as_actor())
    share(organization.workspace, team, "Viewer")
    for wanted in ({MANAGE: AccessRequest(teams=[team.id])}, {RUN: AccessRequest(actors=[member.user.id])}):
        with pytest.raises(PermissionDenied):
            write(pool, member, wanted)
        assert access_lists.read_list(pool) == OPEN
    add_to_team(team, [member.user], actor=organization.owner.user.as_actor())
    write(pool, member, {MANAGE: AccessRequest(teams=[team.id])})
    assert levels(pool, member) == [VIEW, RUN, MANAGE]


def test_only_who_may_enter_the_workspace_can_be_named(
    organization: Organization, pool: Pool, stranger: Person
) -> None:
    outside = make_colleague(organization.account, "otto")
    team = create_team(organization.account, name="Platform", actor=organization.owner.user.as_actor())
    everyone = Team.objects.get(account=organization.account, everyone=True)
    refused = [
        AccessRequest(actors=[stranger.user.id]),
        AccessRequest(actors=[outside.user.id]),
        AccessRequest(teams=[team.id]),
    ]
    for asked in [*refused, AccessRequest(teams=[everyone.id])]:
        with pytest.raises(ValidationError):
            write(pool, organization.owner, {VIEW: asked})
        assert access_lists.read_list(pool) == OPEN
    share(organization.workspace, outside.user, "Viewer")
    share(organization.workspace, team, "Viewer")
    write(pool, organization.owner, {VIEW: AccessRequest(actors=[outside.user.id], teams=[team.id])})
    assert levels(pool, outside) == [VIEW]


def test_a_list_does_not_open_when_its_last_name_goes(organization: Organization, pool: Pool) -> None:
    other, actor = make_colleague(organization.account, "otto"), organization.owner.user.as_actor()
    team = create_team(organization.account, name="Platform", actor=actor)
    share(organization.workspace, other.user, "Viewer")
    share(organization.workspace, team, "Viewer")
    write(pool, organization.owner, {VIEW: AccessRequest(actors=[other.user.id], teams=[team.id])})
    delete_person(other.user, actor=actor)
    delete_team(team, actor=actor)
    assert not any(access_lists.read_list(pool).values())
    assert levels(pool, organization.member) == []


def test_a_change_is_recorded_with_names(organization: Organization, pool: Pool) -> None:
    wanted = {
        VIEW: AccessRequest(actors=[organization.member.user.id]),
        MANAGE: AccessRequest(actors=[organization.owner.user.id]),
    }
    write(pool, organization.owner, wanted)
    write(pool, organization.owner, wanted)  # changes nothing
    entry = Entry.objects.get(action="pool-access.updated")
    expected: dict[str, Any] = {
        "from": {"view": ["*"], "run": ["*"], "manage": ["*"]},
        "to": {"view": ["mia@example.com"], "run": [], "manage": ["frida@example.com"]},
    }
    assert (entry.object_name, entry.detail["changes"]["access"]) == ("pool", expected)


def test_lists_go_with_the_workspace(organization: Organization, pool: Pool) -> None:
    write(pool, organization.owner, {VIEW: AccessRequest(actors=[organization.member.user.id])})
    assert PoolUserPermission.objects.count() == 1
    delete_workspace(organization.workspace, actor=organization.owner.user.as_actor())
    empty_trash()
    assert (PoolUserPermission.objects.count(), Pool.objects.count()) == (0, 0)
    assert User.objects.filter(id=organization.member.user.id).exists()
