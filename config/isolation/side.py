"""The isolation proof is about two accounts. `Side` is one of them, and a `Caller` is a user who sends its requests."""

from dataclasses import dataclass, field

from django.test import Client

from accounts.models import Account, User
from auditlog.actors import system
from rbac import permissions
from workspaces.models import Workspace

ACTOR = system("isolation")
OWNER = f"account {permissions.OWNER}"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Caller:
    """Somebody with a role, as a program with a key and as a browser."""

    role: str
    user: User
    program: Client
    browser: Client | None  # None for service accounts, who cannot sign in
    key: str
    key_id: str


@dataclass(frozen=True)
class Side:
    """One account of the two. Every name and value in it holds `mark`, a word that occurs nowhere else."""

    mark: str
    account: Account
    workspace: Workspace
    ids: dict[str, str]
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def owner(self) -> Caller:
        return self.callers[OWNER]

    @property
    def tenants(self) -> set[str]:
        return {str(self.account.id), str(self.workspace.id)}
