"""Create a user for each role, and the test clients that send their requests."""

import secrets

from django.test import Client

from accounts.models import User
from accounts.services.keys import create_key
from accounts.services.people import create_user
from config.isolation.side import ACTOR, ADDRESS, OWNER, Caller, Side
from orgs.services.members import add_member
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from workspaces.access.sharing import share_with


def add_people(side: Side, founder: User) -> None:
    """Add a caller for each role of an account and of a workspace to `side.callers`."""
    side.callers[OWNER] = _create_caller(OWNER, founder)
    for role in (permissions.ADMIN, permissions.MEMBER):
        person = create_person(side.mark, f"account-{role}")
        add_member(side.account, user=person, role=role, actor=ACTOR)
        side.callers[f"account {role}"] = _create_caller(f"account {role}", person)
    helper = create_person(side.mark, "helper")  # collaborators belong to personal accounts
    add_member(founder.personal_account, user=helper, role=permissions.COLLABORATOR, actor=ACTOR)
    side.callers[f"account {permissions.COLLABORATOR}"] = _create_caller(f"account {permissions.COLLABORATOR}", helper)
    for role in builtin.SCOPES:
        person = create_person(side.mark, role)
        add_member(side.account, user=person, role=permissions.MEMBER, actor=ACTOR)
        share_with(side.workspace, person, builtin_role(role), actor=ACTOR)
        side.callers[f"workspace {role}"] = _create_caller(f"workspace {role}", person)


def create_person(mark: str, role: str) -> User:
    handle = f"{mark}-{role.lower()}"
    return create_user(
        email=f"{handle}@{mark}.example", password=secrets.token_urlsafe(16), handle=handle,
        first_name=mark.title(), last_name=role,
    )  # fmt: skip


def _create_caller(role: str, user: User) -> Caller:
    row, key = create_key(user, name=f"{user.first_name} laptop", expires_at=None, actor=user.as_actor())
    browser = Client(SERVER_NAME=ADDRESS, raise_request_exception=False)
    browser.force_login(user)
    return Caller(role, user, api_client(key), browser, key, str(row.id))


def api_client(key: str) -> Client:
    """Return a client that sends this API key."""
    return Client(SERVER_NAME=ADDRESS, raise_request_exception=False, headers={"Authorization": f"Bearer {key}"})


def builtin_role(role: str) -> WorkspaceRole:
    return WorkspaceRole.objects.get(account=None, name=role)
