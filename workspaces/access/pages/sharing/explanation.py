"""What a person or service account may do in a workspace, and the reasons for it."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account, User
from core.pages.paging import searched
from orgs.models import Membership
from orgs.pages import account_address
from orgs.queries import AccountAccess, account_access
from rbac import permissions, scopes
from rbac.catalogue import SCOPES, ScopeDescription
from rbac.scope_nouns import VERBS, parts_of
from workspaces.access.access_reasons import TEAM, Reason, find_reasons
from workspaces.access.grant_queries import visible_memberships
from workspaces.access.pages.sharing.kinds import KINDS, SERVICE_ACCOUNTS
from workspaces.pages import WorkspaceRequest, workspace_page

_MAX_FOUND = 20


def _by_noun(scope: ScopeDescription) -> tuple[str, int]:
    """Sort scopes by their noun, then from seeing to deleting."""
    verb, noun = parts_of(scope["name"])
    return noun.name, VERBS.index(verb)


_SCOPES = sorted(SCOPES, key=_by_noun)


@dataclass(frozen=True, slots=True)
class NumberedReason:
    """A reason for access. Its number marks the scopes that it gives.

    `role_page` and `team_page` are addresses, and empty for a reader who may not open them.
    """

    number: int
    reason: Reason
    role_page: str = ""
    team_page: str = ""


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def pick_actor(request: WorkspaceRequest) -> HttpResponse:
    """Search for the person or service account to explain."""
    words = searched(request)
    users = [
        membership.user
        for kind in KINDS.values()
        if kind.key != "teams" and request.access.allows(kind.see)
        for membership in kind.visible(request.workspace, request.user, words)[: _MAX_FOUND + 1]
    ]
    context = {"words": words, "people": users[:_MAX_FOUND], "more": len(users) > _MAX_FOUND}
    return render(request, "workspaces/access/sharing/pick.html", context)


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def explain_access(request: WorkspaceRequest, user_id: UUID) -> HttpResponse:
    """Show the reasons for a user's access, and the scopes that each gives."""
    user, membership = _find_user(request, user_id)
    reader_access = account_access(request.user, request.workspace.account_id)
    numbered = [
        _numbered_reason(number, reason, request.workspace.account, reader_access)
        for number, reason in enumerate(find_reasons([request.workspace.id], user), 1)
    ]
    held: frozenset[str] = frozenset().union(*(each.reason.role.all_scopes for each in numbered))
    context = {
        "who": user,
        "who_page": _actor_page(user, membership, reader_access),
        "ways": numbered,
        "groups": _allowed(numbered),
        "held": len(held),
        "all": len(SCOPES),
        "lacking": _lacking(held),
        "suspended": not user.is_active or (membership is not None and not membership.active),
    }
    return render(request, "workspaces/access/sharing/why.html", context)


def _find_user(request: WorkspaceRequest, user_id: UUID) -> tuple[User, Membership | None]:
    """Return a user and their membership, which the person of a personal account does not have.

    Raises `Http404` for a user whom the reader may not find, and for a service account if the reader may not see those.
    """
    account = request.workspace.account
    membership = (
        visible_memberships(request.workspace, request.user).filter(user=user_id).select_related("user").first()
    )
    user = membership.user if membership else User.objects.filter(id=user_id, personal_account=account).first()
    if user is None or not (user.is_person or request.access.allows(SERVICE_ACCOUNTS.see)):
        raise Http404
    return user, membership


def _numbered_reason(
    number: int, reason: Reason, account: Account, reader_access: AccountAccess | None
) -> NumberedReason:
    held = reader_access.permissions if reader_access is not None else frozenset()
    sees_role = permissions.READ_WORKSPACE_ROLE in held
    sees_team = permissions.READ_TEAM in held and reason.source == TEAM
    return NumberedReason(
        number,
        reason,
        role_page=account_address(account, "role", reason.role.id) if sees_role else "",
        team_page=account_address(account, "team", reason.team_id) if sees_team else "",
    )


def _actor_page(user: User, membership: Membership | None, reader_access: AccountAccess | None) -> str:
    """Return the address of the user's page in the account, empty for a reader who may not open it."""
    if membership is None or reader_access is None:
        return ""
    if user.is_person:
        may_open = reader_access.may(permissions.UPDATE_ACCOUNT_MEMBERSHIP)
        return account_address(reader_access.account, "member", membership.id) if may_open else ""
    may_open = reader_access.may(permissions.READ_BOT)
    return account_address(reader_access.account, "service-account", user.id) if may_open else ""


def _allowed(numbered: list[NumberedReason]) -> list[tuple[str, list[tuple[str, list[NumberedReason]]]]]:
    """Return by feature group the titles of the scopes held, each with the reasons that give it."""
    groups: dict[str, list[tuple[str, list[NumberedReason]]]] = {}
    for scope in _SCOPES:
        given_by = [each for each in numbered if scope["name"] in each.reason.role.all_scopes]
        if given_by:
            groups.setdefault(scope["feature_group"], []).append((scope["title"], given_by))
    return sorted(groups.items())


def _lacking(held: frozenset[str]) -> list[tuple[str, list[str]]]:
    """Return by feature group the titles of the scopes that are not held."""
    groups: dict[str, list[str]] = {}
    for scope in _SCOPES:
        if scope["name"] not in held:
            groups.setdefault(scope["feature_group"], []).append(scope["title"])
    return sorted(groups.items())
