"""The account permissions, and which of them each account role holds.

Prefect Cloud does not publish what its account roles hold; see docs/contract/roles.md, "Account permissions".
"""

import re
from uuid import UUID

_FORM = re.compile(r"[a-z]+:[a-z_-]+")
OWNER, ADMIN, MEMBER, COLLABORATOR = "Owner", "Admin", "Member", "Collaborator"

READ_ACCOUNT = "read:account"
UPDATE_ACCOUNT = "update:account"
DELETE_ACCOUNT = "delete:account"
READ_ACCOUNT_MEMBERSHIP = "read:account_membership"
UPDATE_ACCOUNT_MEMBERSHIP = "update:account_membership"
DELETE_ACCOUNT_MEMBERSHIP = "delete:account_membership"
CREATE_ACCOUNT_ROLE = "create:account_role"
READ_ACCOUNT_ROLE = "read:account_role"
UPDATE_ACCOUNT_ROLE = "update:account_role"
DELETE_ACCOUNT_ROLE = "delete:account_role"
ADD_ACCOUNT_MEMBER = "add:account_member"
READ_SSO = "read:sso"
ADMINISTRATE_SSO = "administrate:sso"
BYPASS_SSO = "bypass:sso"
READ_BILLING = "read:billing"
UPDATE_BILLING = "update:billing"
CREATE_BOT = "create:bot"
READ_BOT = "read:bot"
UPDATE_BOT = "update:bot"
DELETE_BOT = "delete:bot"
CREATE_TEAM = "create:team"
READ_TEAM = "read:team"
UPDATE_TEAM = "update:team"
DELETE_TEAM = "delete:team"
CREATE_INVITATION = "create:invitation"
READ_INVITATION = "read:invitation"
UPDATE_INVITATION = "update:invitation"
CREATE_WORKSPACE_INVITATION = "create:workspace_invitation"
READ_WORKSPACE_INVITATION = "read:workspace_invitation"
UPDATE_WORKSPACE_INVITATION = "update:workspace_invitation"
ADMINISTRATE_WORKSPACE = "administrate:workspace"
CREATE_WORKSPACE = "create:workspace"
READ_WORKSPACE = "read:workspace"
DELETE_WORKSPACE = "delete:workspace"
CREATE_WORKSPACE_ROLE = "create:workspace_role"
READ_WORKSPACE_ROLE = "read:workspace_role"
UPDATE_WORKSPACE_ROLE = "update:workspace_role"
DELETE_WORKSPACE_ROLE = "delete:workspace_role"
CREATE_AUDIT_EVENT = "create:audit_event"
READ_AUDIT_EVENT = "read:audit_event"
UPDATE_IP_ALLOWLIST = "update:ip_allowlist"
READ_IP_ALLOWLIST = "read:ip_allowlist"
READ_MEX_STORAGE = "read:mex-storage"
UPDATE_MEX_STORAGE = "update:mex-storage"
DELETE_MEX_STORAGE = "delete:mex-storage"
READ_INTEGRATIONS = "read:integrations"
UPDATE_INTEGRATIONS = "update:integrations"

# Every permission above. The form leaves out the names of account roles.
ALL: frozenset[str] = frozenset(
    value for value in list(globals().values()) if isinstance(value, str) and _FORM.fullmatch(value)
)

_MEMBER = frozenset(name for name in ALL if name.startswith("read:")) - {
    READ_BILLING,
    READ_AUDIT_EVENT,
    READ_MEX_STORAGE,
}

ROLES: dict[str, frozenset[str]] = {
    OWNER: ALL,
    ADMIN: ALL - {BYPASS_SSO, DELETE_ACCOUNT},
    MEMBER: _MEMBER,
    COLLABORATOR: frozenset({READ_ACCOUNT}),
}

# Holders of these roles own every workspace of the account (docs/contract/roles.md, "Combining roles").
IMPLICIT_WORKSPACE_OWNERS = (OWNER, ADMIN)

# The API names account roles by id. They are built in and have no rows in the database.
IDS: dict[str, UUID] = {
    name: UUID(int=0x0BA1_2000_0000_4000_8000_0000_0000_0000 + n) for n, name in enumerate(ROLES, 1)
}
NAMES: dict[UUID, str] = {id: name for name, id in IDS.items()}
