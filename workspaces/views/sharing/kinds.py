"""With whom a workspace is shared: people, teams and service accounts, each with the scopes that its list needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Membership, Team
from rbac import scopes
from rbac.models import Grant
from workspaces.accesses import entering, knows_account, memberships
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Kind:
    """`everybody`: all of the account that can be given a role; `listed`: those that the sharing page shows.

    Both are rows with an id, `shared` (whether they have a role of their own here), and are in order.
    """

    key: str
    noun: str
    label: str
    icon: str
    see: str
    manage: str
    everybody: Callable[[Workspace, str], QuerySet[Any]]
    listed: Callable[[Workspace, str], QuerySet[Any]]

    def reachable(self, workspace: Workspace, reader: User, words: str = "") -> QuerySet[Any]:
        """`everybody` for who may see the account's members; for others, such as collaborators, only `listed`."""
        return (self.everybody if knows_account(workspace, reader) else self.listed)(workspace, words)

    def find(self, workspace: Workspace, reader: User, id: UUID) -> User | Team | None:
        """The one with this id whom the reader may find, whether there is a role here or not."""
        row = self.reachable(workspace, reader).filter(**{"id" if self is TEAMS else "user": id}).first()
        return row.user if isinstance(row, Membership) else row


def numbers(workspace: Workspace) -> dict[str, int]:
    """How many people and service accounts `entering` has, by the kinds of actors. One query."""
    rows = entering(workspace).order_by().values_list("user__kind").annotate(Count("id"))
    return dict(rows.values_list("user__kind", "id__count"))


def _listed(rows: QuerySet[Any], words: str, kind: str) -> QuerySet[Any]:
    """Those with a role of their own first: owners and admins, who need none, stand behind them."""
    rows = rows.filter(user__kind=kind)
    for word in words.split():
        found = Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)
        if kind == USER:
            found |= Q(user__email__icontains=word)
        rows = rows.filter(found)
    joined = rows.select_related("user__personal_account__image" if kind == USER else "user")
    joined = joined.defer("user__personal_account__image__content") if kind == USER else joined
    return joined.order_by("-shared", "user__first_name", "user__last_name", "id")


def _teams(workspace: Workspace, words: str) -> QuerySet[Any]:
    own = Grant.objects.filter(workspace=workspace, group=OuterRef("group"))
    rows = Team.objects.filter(account=workspace.account_id, everyone=False).annotate(shared=Exists(own))
    if words:
        rows = rows.filter(name__icontains=words)
    return rows.select_related("group").order_by("name", "id")


PEOPLE = Kind(
    key="people",
    noun="person",
    label="Members",
    icon="users",
    see=scopes.SEE_WORKSPACE_USERS,
    manage=scopes.MANAGE_WORKSPACE_USERS,
    everybody=lambda workspace, words: _listed(memberships(workspace), words, USER),
    listed=lambda workspace, words: _listed(entering(workspace), words, USER),
)
TEAMS = Kind(
    key="teams",
    noun="team",
    label="Teams",
    icon="users-round",
    see=scopes.SEE_WORKSPACE_USERS,
    manage=scopes.MANAGE_WORKSPACE_TEAMS,
    everybody=_teams,
    listed=lambda workspace, words: _teams(workspace, words).filter(shared=True),
)
SERVICE_ACCOUNTS = Kind(
    key="service-accounts",
    noun="service account",
    label="Service accounts",
    icon="bot",
    see=scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
    manage=scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
    everybody=lambda workspace, words: _listed(memberships(workspace), words, SERVICE_ACCOUNT),
    listed=lambda workspace, words: _listed(entering(workspace), words, SERVICE_ACCOUNT),
)
KINDS = {kind.key: kind for kind in (PEOPLE, TEAMS, SERVICE_ACCOUNTS)}
