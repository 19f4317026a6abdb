"""The people of an account: a list with their roles, and the same list as a CSV file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account
from auditlog.actors import USER
from core.csv_files import csv_text
from core.pages.paging import page_of, searched
from orgs.models import Membership
from orgs.pages import AccountRequest, account_page
from rbac import permissions
from workspaces.access.headcounts import count_entered_workspaces
from workspaces.access.pages.members.allowed_changes import AllowedChanges, allowed_changes

_CHUNK = 500
COLUMNS = ("name", "email", "handle", "account role", "active", "workspaces", "member since", "last sign-in")


@dataclass(frozen=True, slots=True)
class Row:
    """A member in the list."""

    membership: Membership
    workspaces: int
    change: AllowedChanges


@account_page(permissions.READ_ACCOUNT_MEMBERSHIP)
@require_safe
def members(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    page = page_of(request, people(request.account, words))
    counts = count_entered_workspaces(request.account, page.rows)
    changes = allowed_changes(request)
    rows = [Row(membership, counts[membership.user_id], changes(membership)) for membership in page.rows]
    context = {
        "rows": rows,
        "may_change_roles": any(row.change.roles for row in rows),
        "page": page,
        "words": words,
        "person": request.account.user if not words else None,
        "may_invite": request.account_access.may(permissions.CREATE_INVITATION),
        "may_see_invitations": request.account_access.may(permissions.READ_INVITATION),
        "may_open": request.account_access.may(permissions.UPDATE_ACCOUNT_MEMBERSHIP),
    }
    return render(request, "workspaces/access/members/list.html", context)


@account_page(permissions.READ_ACCOUNT_MEMBERSHIP)
@require_safe
def export(request: AccountRequest) -> HttpResponseBase:
    """Stream all members as CSV."""
    response = StreamingHttpResponse(_lines(request.account), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.account.handle}-members.csv"'
    return response


def people(account: Account, words: str = "") -> QuerySet[Membership]:
    """Return the memberships of people, by name: all, or those whose name, email or handle contains `words`."""
    rows = Membership.objects.filter(account=account, user__kind=USER).select_related("user__personal_account")
    if words:
        rows = rows.annotate(full_name=Concat("user__first_name", Value(" "), "user__last_name"))
        matching = Q(full_name__icontains=words) | Q(user__email__icontains=words)
        rows = rows.filter(matching | Q(user__personal_account__handle__icontains=words))
    return rows.order_by(Lower("user__first_name"), Lower("user__last_name"), "user__email")


def _lines(account: Account) -> Iterator[str]:
    yield csv_text([COLUMNS])
    rows = people(account)
    for start in range(0, rows.count(), _CHUNK):
        chunk = list(rows[start : start + _CHUNK])
        counts = count_entered_workspaces(account, chunk)
        yield csv_text([_cells(membership, counts[membership.user_id]) for membership in chunk])


def _cells(membership: Membership, workspaces: int) -> tuple[str, ...]:
    user = membership.user
    last = user.last_login.isoformat() if user.last_login else ""
    active = "yes" if membership.active and user.is_active else "no"
    since = membership.created.isoformat()
    return (user.name, user.email, user.handle, membership.role, active, str(workspaces), since, last)
