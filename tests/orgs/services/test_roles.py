"""An account's own workspace roles: scopes with what they bring along, one built-in base, changed for all holders."""

from collections.abc import Callable
from typing import Any

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Invalid, Taken
from orgs.services.roles import create_role, delete_role, update_role
from rbac import builtin
from rbac.models import Grant, WorkspaceRole
from tests.cast import Organization, Person
from tests.invited import invited
from workspaces.access.sharing import share_with
from workspaces.scoping import enter

BY = system("tests")


def base(name: str = builtin.VIEWER) -> WorkspaceRole:
    return WorkspaceRole.objects.get(account=None, name=name)


@pytest.fixture
def role(organization: Organization) -> WorkspaceRole:
    return create_role(organization.account, name="Reporter", scopes=["see_flows"], actor=BY)


def test_scopes_bring_along_what_they_need(organization: Organization) -> None:
    made = create_role(organization.account, name="Cleaner", scopes=["manage_blocks"], actor=BY)
    assert set(made.scopes) == {"manage_blocks", "see_blocks", "see_secret_blocks"}


def test_base_gives_its_scopes_as_they_are(organization: Organization) -> None:
    made = create_role(organization.account, name="Plus", scopes=["run_flows"], inherits=base(), actor=BY)
    assert made.all_scopes >= base().all_scopes | {"run_flows"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 81}, "80"),
        ({"scopes": ["fly"]}, "no scope fly"),
        ({"scopes": []}, "at least one scope"),
        ({"name": builtin.VIEWER}, "built-in role has this name"),
        ({"name": "Reporter"}, "role with this name"),
    ],
)
def test_bad_role_is_refused(organization: Organization, role: WorkspaceRole, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        create_role(organization.account, **{"name": "New", "scopes": ["see_flows"], "actor": BY, **more})
    assert WorkspaceRole.objects.filter(account=organization.account).count() == 1


def test_base_must_be_built_in(organization: Organization, role: WorkspaceRole) -> None:
    with pytest.raises(Invalid, match="built-in role only"):
        create_role(organization.account, name="New", inherits=role, actor=BY)


def test_name_is_taken_in_its_account_alone(owner: Person, role: WorkspaceRole) -> None:
    create_role(owner.account, name="Reporter", scopes=["see_flows"], actor=BY)


def test_one_role_too_many_is_refused(organization: Organization, role: WorkspaceRole, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "roles": 1}
    with pytest.raises(Invalid, match="at most 1 roles"):
        create_role(organization.account, name="New", scopes=["see_flows"], actor=BY)


def test_change_leaves_what_is_not_given(role: WorkspaceRole) -> None:
    update_role(role, description="Reads", inherits=base(), actor=BY)
    update_role(role, name="Reader", actor=BY)
    assert (role.name, role.description, role.inherits) == ("Reader", "Reads", base())
    update_role(role, inherits=None, actor=BY)
    assert role.inherits is None
    entries = Entry.objects.filter(action="workspace-role.updated").order_by("id")
    assert [sorted(entry.detail["changes"]) for entry in entries] == [
        ["description", "inherits"],
        ["name"],
        ["inherits"],
    ]


def test_change_that_changes_nothing_is_not_recorded(role: WorkspaceRole) -> None:
    update_role(role, name="Reporter", scopes=["see_flows"], actor=BY)
    assert not Entry.objects.filter(action="workspace-role.updated").exists()


def test_role_cannot_lose_its_last_scope(role: WorkspaceRole) -> None:
    with pytest.raises(Invalid, match="at least one scope"):
        update_role(role, scopes=[], actor=BY)


def test_holders_get_and_lose_scopes_with_the_role(organization: Organization, role: WorkspaceRole) -> None:
    user = organization.member.user
    share_with(organization.workspace, user, role, actor=BY)
    update_role(role, scopes=["see_variables"], actor=BY)
    entry = enter(user, organization.workspace.id)
    assert entry is not None
    assert ("see_variables" in entry.scopes, "see_flows" in entry.scopes) == (True, False)


def test_role_in_use_is_deleted_only_with_another_in_its_place(organization: Organization, role: WorkspaceRole) -> None:
    share_with(organization.workspace, organization.member.user, role, actor=BY)
    with pytest.raises(Conflict, match="in use"):
        delete_role(role, actor=BY)
    with pytest.raises(Invalid, match="Choose another role"):
        delete_role(role, instead=role, actor=BY)
    delete_role(role, instead=base(), actor=BY)
    assert Grant.objects.get(user=organization.member.user, workspace=organization.workspace).role == base()
    assert Entry.objects.get(action="workspace-role.deleted").detail["holders"] == 1


def test_role_of_another_account_takes_no_place(owner: Person, organization: Organization, role: WorkspaceRole) -> None:
    theirs = create_role(owner.account, name="Theirs", scopes=["see_flows"], actor=BY)
    with pytest.raises(Invalid, match="Choose another role"):
        delete_role(role, instead=theirs, actor=BY)


def test_invitation_that_waits_keeps_its_role_in_use(organization: Organization, role: WorkspaceRole) -> None:
    invitation = invited(
        organization.account, "nora@example.com", organization.owner,
        workspace=organization.workspace, workspace_role=role,
    )  # fmt: skip
    with pytest.raises(Conflict, match="in use"):
        delete_role(role, actor=BY)
    delete_role(role, instead=base(), actor=BY)
    invitation.refresh_from_db()
    assert invitation.workspace_role == base()


CHANGES: list[Callable[[WorkspaceRole], None]] = [
    lambda role: update_role(role, name="Other", actor=BY),
    lambda role: delete_role(role, actor=BY),
]


@pytest.mark.parametrize("change", CHANGES)
def test_built_in_role_and_one_that_is_gone_cannot_be_changed(
    role: WorkspaceRole, change: Callable[[WorkspaceRole], None]
) -> None:
    with pytest.raises(Conflict, match="built-in"):
        change(base())
    gone = WorkspaceRole.objects.get(id=role.id)
    delete_role(role, actor=BY)
    with pytest.raises(Conflict, match="was deleted"):
        change(gone)


def test_name_in_use_is_taken_for_a_change_too(organization: Organization, role: WorkspaceRole) -> None:
    other = create_role(organization.account, name="Other", scopes=["see_flows"], actor=BY)
    with pytest.raises(Taken):
        update_role(other, name="Reporter", actor=BY)
