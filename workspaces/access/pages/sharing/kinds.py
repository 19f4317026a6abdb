"""The three kinds of grantees on the sharing pages: people, teams and service accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Membership, Team
from rbac import scopes
from rbac.models import Grant
from workspaces.access.grant_queries import account_memberships, entering_memberships, may_see_members
from workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of grantees, its labels, and the scopes to see (`see`) and to change (`manage`) their roles.

    Queries return memberships or teams in the order of the page. `shared` says whether a row has a direct role.
    """

    key: str
    noun: str
    label: str
    icon: str
    see: str
    manage: str

    def candidates(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        """Return all of the account that can be granted a role, or those that match the words."""
        raise NotImplementedError

    def listed(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        """Return those that have access already, which the sharing page lists."""
        raise NotImplementedError

    def rows_for(self, workspace: Workspace, reader: User, ids: Collection[UUID]) -> QuerySet[Any]:
        """Return the rows of these actors or teams, without those that the reader may not find."""
        raise NotImplementedError

    def visible(self, workspace: Workspace, reader: User, words: str = "") -> QuerySet[Any]:
        """Return `candidates` to a reader who may see the account's members; only `listed` to a collaborator."""
        return (self.candidates if may_see_members(workspace, reader) else self.listed)(workspace, words)

    def find(self, workspace: Workspace, reader: User, id: UUID) -> User | Team | None:
        """Return the actor or team if the reader may find it, whether it has a role here or not."""
        row = self.rows_for(workspace, reader, [id]).first()
        return row.user if isinstance(row, Membership) else row


@dataclass(frozen=True, slots=True)
class ActorKind(Kind):
    """People or service accounts. Rows are memberships; those with a direct role come first."""

    actor_kind: str

    def candidates(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        return self._searched(account_memberships(workspace), words)

    def listed(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        return self._searched(entering_memberships(workspace), words)

    def rows_for(self, workspace: Workspace, reader: User, ids: Collection[UUID]) -> QuerySet[Any]:
        return self.visible(workspace, reader).filter(user__in=ids)

    def _searched(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        people = self.actor_kind == USER
        rows = rows.filter(user__kind=self.actor_kind)
        for word in words.split():
            matching = Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)
            if people:
                matching |= Q(user__email__icontains=word)
            rows = rows.filter(matching)
        joined = rows.select_related("user__personal_account__image" if people else "user")
        joined = joined.defer("user__personal_account__image__content") if people else joined
        return joined.order_by("-shared", "user__first_name", "user__last_name", "id")


@dataclass(frozen=True, slots=True)
class TeamKind(Kind):
    """Teams. Rows are teams."""

    def candidates(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        direct = Grant.objects.filter(workspace=workspace, group=OuterRef("group"))
        rows = Team.objects.filter(account=workspace.account_id, everyone=False).annotate(shared=Exists(direct))
        if words:
            rows = rows.filter(name__icontains=words)
        return rows.select_related("group").order_by("name", "id")

    def listed(self, workspace: Workspace, words: str) -> QuerySet[Any]:
        return self.candidates(workspace, words).filter(shared=True)

    def rows_for(self, workspace: Workspace, reader: User, ids: Collection[UUID]) -> QuerySet[Any]:
        return self.visible(workspace, reader).filter(id__in=ids)


def count_entering(workspace: Workspace) -> dict[str, int]:
    """Return the numbers of `entering_memberships` by kind of actor: one query."""
    rows = entering_memberships(workspace).order_by().values_list("user__kind").annotate(Count("id"))
    return dict(rows.values_list("user__kind", "id__count"))


PEOPLE = ActorKind(
    key="people",
    noun="person",
    label="Members",
    icon="users",
    see=scopes.SEE_WORKSPACE_USERS,
    manage=scopes.MANAGE_WORKSPACE_USERS,
    actor_kind=USER,
)
TEAMS = TeamKind(
    key="teams",
    noun="team",
    label="Teams",
    icon="users-round",
    see=scopes.SEE_WORKSPACE_USERS,
    manage=scopes.MANAGE_WORKSPACE_TEAMS,
)
SERVICE_ACCOUNTS = ActorKind(
    key="service-accounts",
    noun="service account",
    label="Service accounts",
    icon="bot",
    see=scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
    manage=scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
    actor_kind=SERVICE_ACCOUNT,
)
KINDS: dict[str, Kind] = {kind.key: kind for kind in (PEOPLE, TEAMS, SERVICE_ACCOUNTS)}
