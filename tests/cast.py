"""The standing cast: people with accounts, workspaces and keys, and a stranger who has the same on the other side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import Account, ApiKey, User
from accounts.services.keys import create_key
from accounts.services.people import create_user
from auditlog.actors import system
from orgs.models import Membership, Team
from orgs.plans import limits_of
from orgs.services.members import add_member
from orgs.services.organizations import create_organization
from rbac import permissions
from rbac.models import WorkspaceRole
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """Somebody with a personal account, a key to call with, and `workspace` when the role has one."""

    user: User
    account: Account
    key: ApiKey
    key_value: str
    workspace: Workspace

    @property
    def api(self) -> "Api":
        return Api(self.key_value)

    @property
    def workspace_api(self) -> str:
        """The root of the workspace's API."""
        return api_root(self.workspace)


@dataclass(frozen=True)
class Organization:
    account: Account
    workspace: Workspace
    owner: Person
    admin: Person
    member: Person

    def membership(self, person: Person) -> Membership:
        return Membership.objects.get(account=self.account, user=person.user)


class Api:
    """Calls as a program does: a key, JSON, no cookies."""

    def __init__(self, key: str | None) -> None:
        self.headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        self.client = Client(headers=self.headers)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> "Answer":
        if body is not None:
            more.setdefault("content_type", "application/json")
            more["data"] = body
        answer: Answer = getattr(self.client, method.lower())(path, **more)
        return answer

    def get(self, path: str, **more: Any) -> "Answer":
        return self.call("get", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> "Answer":
        return self.call("post", path, {} if body is None else body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> "Answer":
        return self.call("put", path, {} if body is None else body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> "Answer":
        return self.call("patch", path, {} if body is None else body, **more)

    def delete(self, path: str, **more: Any) -> "Answer":
        return self.call("delete", path, **more)


def api_root(workspace: Workspace) -> str:
    return f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}"


def make_person(handle: str) -> Person:
    """A person with a workspace `<handle>/home` and a key named `laptop`."""
    user = create_user(
        email=f"{handle}@example.com",
        password=PASSWORD,
        handle=handle,
        first_name=handle.capitalize(),
        last_name="Example",
    )
    account = Account.objects.get(user=user)
    workspace = create_workspace(account, name=f"Home of {handle}", handle="home", actor=user.as_actor())
    key, value = create_key(user, name="laptop", expires_at=None, actor=user.as_actor())
    limits_of(account)  # which remembers, so that no test counts this query
    return Person(user, account, key, value, workspace)


def make_colleague(account: Account, handle: str, role: str = permissions.MEMBER) -> Person:
    """A person with all that `make_person` gives, and a membership in an account."""
    person = make_person(handle)
    add_member(account, user=person.user, role=role, actor=system("tests"))
    return person


def share(workspace: Workspace, who: User | Team, role: str) -> None:
    """Give somebody a built-in role, by its name, or a role of the account's own in a workspace."""
    found = WorkspaceRole.objects.usable_in(workspace.account).get(name=role)
    share_with(workspace, who, found, actor=system("tests"))


@pytest.fixture
def owner(db: None) -> Person:
    """A person with a personal account and a workspace in it."""
    return make_person("olga")


@pytest.fixture
def stranger(db: None) -> Person:
    """Somebody else, with data of their own that must not be seen, and who must not see."""
    return make_person("boris")


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization with a workspace, an owner, an admin and a member; each has a personal account too."""
    founder, admin, member = make_person("frida"), make_person("adam"), make_person("mia")
    actor = founder.user.as_actor()
    account = create_organization(name="Initech", handle="initech", founder=founder.user, actor=actor)
    add_member(account, user=admin.user, role=permissions.ADMIN, actor=actor)
    add_member(account, user=member.user, role=permissions.MEMBER, actor=actor)
    workspace = create_workspace(account, name="Shared", handle="shared", actor=actor)
    limits_of(account)
    return Organization(account, workspace, founder, admin, member)


@pytest.fixture
def operator(db: None) -> User:
    """Who runs the installation: a user of the Django admin."""
    return User.objects.create_superuser(email="operator@example.com", password=PASSWORD)
