"""Review changes of direct roles before they are saved: who gains and loses what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count

from accounts.models import User
from core.errors import Invalid
from core.pages.staged import StagedChange
from orgs.models import Membership, Team
from orgs.role_history import difference
from rbac import permissions
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import NO_SUCH_ROLE, is_owner_role, role_choices
from workspaces.access.grant_changes import GrantChange
from workspaces.access.grant_queries import may_see_members
from workspaces.access.pages.sharing.kinds import TEAMS, Kind
from workspaces.access.pages.sharing.rows import Row, build_rows, group_grants
from workspaces.access.sharing import check_granter
from workspaces.pages import WorkspaceRequest


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A change of the direct role of a grantee. `was` and `now` are ids of roles as in the form, empty for no role.

    `gained` and `lost` are sentences. They take other access into account, which the grantee keeps. `seen` is the name
    of the role that the reader saw, if somebody else has changed it since. `leaves` says that the grantee would leave
    the account.
    """

    change: GrantChange
    name: str
    detail: str
    before: WorkspaceRole | None
    gained: list[str]
    lost: list[str]
    keeps: list[str]
    seen: str = ""
    leaves: bool = False

    @property
    def id(self) -> UUID:
        return self.change.grantee.id

    @property
    def role(self) -> WorkspaceRole | None:
        return self.change.role

    @property
    def was(self) -> str:
        return str(self.before.id) if self.before else ""

    @property
    def now(self) -> str:
        return str(self.role.id) if self.role else ""

    @property
    def becomes_owner(self) -> bool:
        return self.role is not None and is_owner_role(self.role)

    @property
    def success_message(self) -> str:
        if self.role is not None:
            return f"{self.name} is now {self.role.name}."
        if self.leaves:
            return f"{self.name} is no longer a collaborator."
        return f"{self.name} no longer has a direct role here."


@dataclass(frozen=True, slots=True)
class Review:
    """The changes to confirm, and messages about submitted changes that were left out."""

    lines: list[ReviewLine]
    problems: list[str] = field(default_factory=list)

    @property
    def has_edit_conflict(self) -> bool:
        return any(line.seen for line in self.lines)

    @property
    def new_owners(self) -> list[str]:
        return [line.name for line in self.lines if line.becomes_owner]


def read_changes(request: WorkspaceRequest, kind: Kind, staged: Sequence[StagedChange]) -> Review:
    """Return the review of staged changes. Changes that were made already are left out.

    Changes of grantees whom the reader may not find, and to roles that do not exist, are left out with a message.
    Raises `Forbidden` if a role exceeds the reader's scopes.
    """
    ids = [change.id for change in staged]
    found = list(kind.rows_for(request.workspace, request.user, ids))
    rows = {row.id: row for row in build_rows(request, kind, found, group_grants(request.workspace))}
    grantees = {row.id: row for row in found} if kind is TEAMS else {row.user_id: row.user for row in found}
    roles = {str(role.id): role for role in role_choices(request.workspace.account)}
    leaving = leaving_collaborators(request, [change.id for change in staged if not change.now])
    review = Review([])
    for change in staged:
        row = rows.get(change.id)
        if row is None:
            review.problems.append(f"One {kind.noun} can no longer be found here and was left out.")
        elif change.now and change.now not in roles:
            review.problems.append(f"{row.name}: {NO_SUCH_ROLE}")
        elif change.now != (str(row.own.id) if row.own else ""):
            check_granter(request.access.scopes, roles.get(change.now), row.own)
            leaves = row.id in leaving
            review.lines.append(_read_change(row, grantees[change.id], change, roles, leaves=leaves))
    return review


def leaving_collaborators(request: WorkspaceRequest, user_ids: Sequence[UUID]) -> set[UUID]:
    """Return the collaborators who would leave the account with this workspace, the last one shared with them.

    Returns nobody if the reader may not see the account's members, because it would reveal who has other workspaces.
    """
    if not user_ids or not may_see_members(request.workspace, request.user):
        return set()
    account = request.workspace.account_id
    members = Membership.objects.filter(account=account, user__in=user_ids, role=permissions.COLLABORATOR)
    grants = Grant.objects.filter(workspace__account=account, user__in=members.values("user")).order_by()
    counted = dict(grants.values_list("user").annotate(Count("id")))
    return {user for user, count in counted.items() if count == 1}


def describe_change(
    change: GrantChange,
    before: WorkspaceRole | None,
    others: Sequence[tuple[WorkspaceRole, str]] = (),
    *,
    name: str,
    detail: str = "",
    seen: str = "",
    leaves: bool = False,
) -> ReviewLine:
    """Return the line of a change. `others` is the other access that the grantee keeps."""
    kept = frozenset[str]().union(*(role.all_scopes for role, _ in others))
    gained, lost = difference(
        kept | (before.all_scopes if before else frozenset()),
        kept | (change.role.all_scopes if change.role else frozenset()),
    )
    keeps = [f"{role.name}, {source}" for role, source in others]
    return ReviewLine(change, name, detail, before, gained, lost, keeps, seen, leaves)


def role_id(text: str) -> UUID | None:
    """Return the id of a role in a form, or None for no role. Raises `Invalid` if it is not a valid id."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(NO_SUCH_ROLE) from error


def _read_change(
    row: Row, grantee: User | Team, staged: StagedChange, roles: dict[str, WorkspaceRole], *, leaves: bool
) -> ReviewLine:
    before_id, seen_id = row.own.id if row.own else None, role_id(staged.was)
    seen = ""
    if before_id != seen_id:
        seen = roles[staged.was].name if staged.was in roles else "another role" if staged.was else "no direct role"
    return describe_change(
        GrantChange(grantee, seen_id, roles.get(staged.now)),
        row.own,
        row.others,
        name=row.name,
        detail=row.detail,
        seen=seen,
        leaves=leaves,
    )
