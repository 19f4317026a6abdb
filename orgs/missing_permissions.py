"""The 403 page for members who lack a permission: what it allows, and who can grant it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from accounts.models import Account, User
from auditlog.actors import USER
from core.pages.error_pages import error_page
from orgs.models import Membership
from orgs.queries import account_access
from rbac import permissions
from rbac.permission_phrases import permission_phrase

_MOST_GRANTERS = 3


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """A scope or permission that the caller lacks.

    `phrase` completes "the permission to ...", `place` is the name of the account or workspace, and `granters` a
    sentence about who can grant it. `people` is the URL of a list of them, or empty if the caller may not see it.
    """

    name: str
    phrase: str
    place: str
    granters: str
    people: str = ""


def permission_refusal(request: HttpRequest, account: Account, permission: str, *, people: str = "") -> HttpResponse:
    """Return the 403 page for a member of the account who lacks the permission."""
    missing = MissingPermission(
        name=permission,
        phrase=permission_phrase(permission),
        place=account.name,
        granters=_permission_granters(request, account, permission),
        people=people,
    )
    return error_page(request, 403, missing=missing)


def scope_granters(request: HttpRequest, account: Account) -> str:
    """Return a sentence about who can grant scopes in all workspaces of the account."""
    if account.kind == Account.PERSONAL:
        return f"{account.name} can give it to you."
    return _sentence(request, account, permissions.IMPLICIT_WORKSPACE_OWNERS)


def _permission_granters(request: HttpRequest, account: Account, permission: str) -> str:
    """Return a sentence about who can grant a permission of the account: those who hold it and may change members."""
    if account.kind == Account.PERSONAL:
        return f"Only {account.name} has it."
    needed = {permission, permissions.UPDATE_ACCOUNT_MEMBERSHIP}
    return _sentence(request, account, [role for role, held in permissions.ROLES.items() if needed <= held])


def _sentence(request: HttpRequest, account: Account, roles: Sequence[str]) -> str:
    """Return a sentence with the names of some other members in these roles, if the caller may see members."""
    assert isinstance(request.user, User)
    access = account_access(request.user, account.id)
    names: list[str] = []
    if access is not None and access.may(permissions.READ_ACCOUNT_MEMBERSHIP):
        members = Membership.objects.select_related("user").filter(account=account, role__in=roles, active=True)
        members = members.filter(user__is_active=True, user__kind=USER).exclude(user=request.user)
        names = [member.user.name for member in members.order_by("-role", "created")[:_MOST_GRANTERS]]
    if not names:
        names = [f"An {' or '.join(roles).lower()} of {account.name}"]
    *first, last = names
    return f"{', '.join(first)} or {last} can give it to you." if first else f"{last} can give it to you."
