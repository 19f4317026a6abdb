"""The roles that somebody may grant: none beyond their own scopes, in one order, none of another account."""

import pytest

from core.errors import Invalid
from orgs.services.roles import create_role
from rbac import builtin, scopes
from rbac.models import WorkspaceRole
from rbac.role_choices import NO_SUCH_ROLE, check_usable, role_choices, usable_role
from tests.cast import Organization, Person


@pytest.fixture
def roles(organization: Organization) -> dict[str, WorkspaceRole]:
    actor = organization.owner.user.as_actor()
    return {
        name: create_role(organization.account, name=name, scopes=[scope], actor=actor)
        for name, scope in (("zeta", scopes.SEE_FLOWS), ("Alpha", scopes.SEE_FLOWS), ("beta", scopes.MANAGE_ACLS))
    }


def test_built_in_roles_come_first_and_then_others_by_name(
    organization: Organization, roles: dict[str, WorkspaceRole]
) -> None:
    names = [role.name for role in role_choices(organization.account)]
    assert names == ["Owner", "Developer", "Runner", "Viewer", "Worker", "Alpha", "beta", "zeta"]


def test_roles_beyond_the_granters_scopes_are_not_offered(
    organization: Organization, roles: dict[str, WorkspaceRole]
) -> None:
    offered = role_choices(organization.account, builtin.SCOPES[builtin.RUNNER])
    assert [role.name for role in offered] == ["Runner", "Viewer", "Alpha", "zeta"]


def test_role_of_another_account_is_refused(owner: Person, roles: dict[str, WorkspaceRole]) -> None:
    with pytest.raises(Invalid, match=NO_SUCH_ROLE):
        usable_role(owner.account, roles["zeta"].id)
    with pytest.raises(Invalid, match=NO_SUCH_ROLE):
        check_usable(roles["zeta"], owner.account.id)
    assert usable_role(owner.account, builtin.IDS[builtin.VIEWER]).name == builtin.VIEWER
    with pytest.raises(Invalid, match="Choose a role"):
        usable_role(owner.account, None, otherwise="Choose a role.")
