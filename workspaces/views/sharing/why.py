"""What somebody may do in a workspace, and what lets them."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account, User
from orgs.models import Membership
from orgs.pages import account_address
from orgs.paging import searched
from orgs.queries import Belonging, belonging
from rbac import scopes
from rbac.catalogue import SCOPES
from workspaces.accesses import reachable
from workspaces.pages import WorkspaceRequest, workspace_page
from workspaces.views.sharing.kinds import KINDS, SERVICE_ACCOUNTS
from workspaces.why import ACCOUNT, DEFAULT, DIRECT, TEAM, Reason, reasons

_MOST = 20
_VERBS = ("see", "run", "write", "manage")
# Within a group: what a scope is about, then from looking to deleting.
_SCOPES = sorted(
    SCOPES, key=lambda scope: (scope["name"].partition("_")[2], _VERBS.index(scope["name"].partition("_")[0]))
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: its number, which marks what it allows, the role, and where that comes from.

    `role_page`, `team_page`: empty for a reader who may not open them.
    """

    number: int
    reason: Reason
    words: str
    role_page: str = ""
    team_page: str = ""


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def pick(request: WorkspaceRequest) -> HttpResponse:
    """Find the person or the service account to ask about."""
    words = searched(request)
    found = [
        membership.user
        for kind in KINDS.values()
        if kind.key != "teams" and request.access.allows(kind.see)
        for membership in kind.reachable(request.workspace, request.user, words)[: _MOST + 1]
    ]
    context = {"words": words, "people": found[:_MOST], "more": len(found) > _MOST}
    return render(request, "workspaces/sharing/pick.html", context)


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def why(request: WorkspaceRequest, user_id: UUID) -> HttpResponse:
    user, membership = _found(request, user_id)
    mine = belonging(request.user, request.workspace.account_id)
    ways = [
        _way(number, reason, request.workspace.account, mine)
        for number, reason in enumerate(reasons([request.workspace.id], user), 1)
    ]
    held: frozenset[str] = frozenset().union(*(way.reason.role.all_scopes for way in ways))
    context = {
        "who": user,
        "who_page": _page_of(user, membership, mine),
        "ways": ways,
        "groups": _groups(ways),
        "held": len(held),
        "all": len(SCOPES),
        "lacking": _lacking(held),
        "suspended": not user.is_active or (membership is not None and not membership.active),
    }
    return render(request, "workspaces/sharing/why.html", context)


def _found(request: WorkspaceRequest, user_id: UUID) -> tuple[User, Membership | None]:
    """Somebody whom the reader may find, or the account's person; a service account for who may see those."""
    account = request.workspace.account
    membership = reachable(request.workspace, request.user).filter(user=user_id).select_related("user").first()
    user = membership.user if membership else User.objects.filter(id=user_id, personal_account=account).first()
    if user is None or not (user.is_person or request.access.allows(SERVICE_ACCOUNTS.see)):
        raise Http404
    return user, membership


def _way(number: int, reason: Reason, account: Account, mine: Belonging | None) -> Way:
    sees_role = mine is not None and mine.may("read:workspace_role")
    sees_team = mine is not None and mine.may("read:team") and reason.source == TEAM
    return Way(
        number,
        reason,
        _words(reason, account),
        role_page=account_address(account, "role", reason.role.id) if sees_role else "",
        team_page=account_address(account, "team", reason.team_id) if sees_team else "",
    )


def _page_of(user: User, membership: Membership | None, mine: Belonging | None) -> str:
    """Their page in the account; empty for a reader who may not open it."""
    if membership is None or mine is None:
        return ""
    if user.is_person:
        may = mine.may("update:account_membership")
        return account_address(mine.account, "member", membership.id) if may else ""
    return account_address(mine.account, "service-account", user.id) if mine.may("read:bot") else ""


def _words(reason: Reason, account: Account) -> str:
    if reason.source == ACCOUNT:
        if account.kind == Account.PERSONAL:
            return f"{account.handle} is their personal account"
        return f"{reason.via}s of {account.name} own every workspace"
    if reason.source == DIRECT:
        return "given directly"
    return f"what everyone at {account.name} has" if reason.source == DEFAULT else f"through the team {reason.via}"


def _groups(ways: list[Way]) -> list[tuple[str, list[tuple[str, list[Way]]]]]:
    """What is allowed, by group: each scope in words with the ways that allow it."""
    found: dict[str, list[tuple[str, list[Way]]]] = {}
    for scope in _SCOPES:
        by = [way for way in ways if scope["name"] in way.reason.role.all_scopes]
        if by:
            found.setdefault(scope["feature_group"], []).append((scope["title"], by))
    return sorted(found.items())


def _lacking(held: frozenset[str]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for scope in _SCOPES:
        if scope["name"] not in held:
            found.setdefault(scope["feature_group"], []).append(scope["title"])
    return sorted(found.items())
