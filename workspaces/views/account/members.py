"""The people of an account: a list with their roles, and the same as a file."""

import csv
import io
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
from orgs.models import Membership
from orgs.pages import AccountRequest, account_page
from orgs.paging import page_of, searched
from rbac import permissions
from workspaces.headcounts import workspaces_entered
from workspaces.views.account.changes import Change, changes_of

_CHUNK = 500
COLUMNS = ("name", "email", "handle", "account role", "active", "workspaces", "member since", "last sign-in")


@dataclass(frozen=True, slots=True)
class Row:
    """A member as the list shows them, with what the reader may change; `asked`: not before a page has asked."""

    membership: Membership
    workspaces: int
    change: Change
    asked: bool


@account_page("read:account_membership")
@require_safe
def members(request: AccountRequest) -> HttpResponse:
    words = searched(request)
    shown = page_of(request, people(request.account, words))
    counts = workspaces_entered(request.account, shown.rows)
    change = changes_of(request)
    context = {
        "rows": [_row(request, one, counts[one.user_id], change(one)) for one in shown.rows],
        "page": shown,
        "words": words,
        "person": request.account.user if not words else None,
        "may_invite": request.mine.may("create:invitation"),
        "may_see_invitations": request.mine.may("read:invitation"),
        "may_open": request.mine.may("update:account_membership"),
    }
    return render(request, "orgs/members/list.html", context)


@account_page("read:account_membership")
@require_safe
def export(request: AccountRequest) -> HttpResponseBase:
    """All members as CSV, written while they are read."""
    response = StreamingHttpResponse(_lines(request.account), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.account.handle}-members.csv"'
    return response


def people(account: Account, words: str = "") -> QuerySet[Membership]:
    """The members that are people, by name; those whose name, email or handle holds `words`."""
    rows = Membership.objects.filter(account=account, user__kind=USER).select_related("user__personal_account")
    if words:
        rows = rows.annotate(full_name=Concat("user__first_name", Value(" "), "user__last_name"))
        named = Q(full_name__icontains=words) | Q(user__email__icontains=words)
        rows = rows.filter(named | Q(user__personal_account__handle__icontains=words))
    return rows.order_by(Lower("user__first_name"), Lower("user__last_name"), "user__email")


def _row(request: AccountRequest, one: Membership, workspaces: int, change: Change) -> Row:
    # A list in which somebody can become an owner is sent by its button, which leads to the question.
    return Row(one, workspaces, change, one.user_id == request.user.id or permissions.OWNER in change.roles)


def _lines(account: Account) -> Iterator[str]:
    yield _csv([COLUMNS])
    rows = people(account)
    for start in range(0, rows.count(), _CHUNK):
        chunk = list(rows[start : start + _CHUNK])
        counts = workspaces_entered(account, chunk)
        yield _csv([_cells(one, counts[one.user_id]) for one in chunk])


def _cells(one: Membership, workspaces: int) -> tuple[str, ...]:
    user = one.user
    last = user.last_login.isoformat() if user.last_login else ""
    active = "yes" if one.active and user.is_active else "no"
    return (user.name, user.email, user.handle, one.role, active, str(workspaces), one.created.isoformat(), last)


def _csv(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[_harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A name that a spreadsheet would take for a formula is text there, too."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
