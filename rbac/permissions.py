"""The vocabulary of account permissions (the contract's 47, cloud-api.md 4.3) and what each account role holds.

The contract does not publish the roles' contents; these follow the proposal of cloud-api.md 4.3, which agrees with
the numbers seen on the original.
"""

from uuid import UUID

OWNER, ADMIN, MEMBER, COLLABORATOR = "Owner", "Admin", "Member", "Collaborator"

ALL: frozenset[str] = frozenset(
    {
        "read:account",
        "update:account",
        "delete:account",
        "read:account_membership",
        "update:account_membership",
        "delete:account_membership",
        "create:account_role",
        "read:account_role",
        "update:account_role",
        "delete:account_role",
        "add:account_member",
        "read:sso",
        "administrate:sso",
        "bypass:sso",
        "read:billing",
        "update:billing",
        "create:bot",
        "read:bot",
        "update:bot",
        "delete:bot",
        "create:team",
        "read:team",
        "update:team",
        "delete:team",
        "create:invitation",
        "read:invitation",
        "update:invitation",
        "create:workspace_invitation",
        "read:workspace_invitation",
        "update:workspace_invitation",
        "administrate:workspace",
        "create:workspace",
        "read:workspace",
        "delete:workspace",
        "create:workspace_role",
        "read:workspace_role",
        "update:workspace_role",
        "delete:workspace_role",
        "create:audit_event",
        "read:audit_event",
        "update:ip_allowlist",
        "read:ip_allowlist",
        "read:mex-storage",
        "update:mex-storage",
        "delete:mex-storage",
        "read:integrations",
        "update:integrations",
    }
)

_MEMBER = frozenset(name for name in ALL if name.startswith("read:")) - {
    "read:billing",
    "read:audit_event",
    "read:mex-storage",
}

ROLES: dict[str, frozenset[str]] = {
    OWNER: ALL,
    ADMIN: ALL - {"bypass:sso", "delete:account"},
    MEMBER: _MEMBER,
    COLLABORATOR: frozenset({"read:account"}),
}

# Holders of these account roles are owners of every workspace of the account (cloud-api.md 4.5).
IMPLICIT_WORKSPACE_OWNERS = (OWNER, ADMIN)

# The contract names account roles by id; they are built in and have no rows.
IDS: dict[str, UUID] = {
    name: UUID(int=0x0BA1_2000_0000_4000_8000_0000_0000_0000 + n) for n, name in enumerate(ROLES, 1)
}
NAMES: dict[UUID, str] = {id: name for name, id in IDS.items()}
