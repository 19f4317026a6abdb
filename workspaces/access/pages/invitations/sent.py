"""The invitations that were sent into an account: the list."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pages.paging import page_of
from orgs.models import Invitation
from orgs.pages import AccountRequest, account_page
from rbac import permissions
from workspaces.access.pages.invitations.sent_changes import CHANGE, invitations_of

_STATES = {
    Invitation.PENDING: ("accent", "pending"),
    Invitation.ACCEPTED: ("good", "accepted"),
    Invitation.REJECTED: ("bad", "declined"),
    Invitation.REVOKED: ("", "revoked"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An invitation in the list, with its state and the style of the state, and whether the reader may change it."""

    invitation: Invitation
    look: str
    state: str
    changeable: bool

    @property
    def dialog(self) -> str:
        return f"revoke-{self.invitation.id}"

    @property
    def question(self) -> str:
        return f"Revoke the invitation of {self.invitation.email}?"


@account_page(permissions.READ_INVITATION)
@require_safe
def invitations(request: AccountRequest) -> HttpResponse:
    """List the pending invitations, or all of them with `?all`, newest first."""
    show_all = "all" in request.GET
    rows = invitations_of(request.account)
    if not show_all:
        rows = rows.filter(status=Invitation.PENDING)
    page = page_of(request, rows.order_by("-id"))
    may_change = request.account_access.may(CHANGE)
    context = {
        "rows": [_row(request, invitation, may_change) for invitation in page.rows],
        "page": page,
        "every": show_all,
        "chips": [
            {"label": "Pending", "href": "?", "current": not show_all, "count": None},
            {"label": "All", "href": "?all", "current": show_all, "count": None},
        ],
        "may_invite": request.account_access.may(permissions.CREATE_INVITATION),
        "may_see_invitations": True,
        "may_change": may_change,
    }
    return render(request, "workspaces/access/invitations/list.html", context)


def _row(request: AccountRequest, invitation: Invitation, may_change: bool) -> Row:
    look, state = _state(invitation)
    grants_no_more = permissions.ROLES[invitation.role] <= request.account_access.permissions
    pending = invitation.status == Invitation.PENDING
    return Row(invitation, look, state, may_change and grants_no_more and pending)


def _state(invitation: Invitation) -> tuple[str, str]:
    """Return the style and the words of the state."""
    if invitation.expired:
        return "warn", "expired"
    return ("", "joined another way") if invitation.joined_otherwise else _STATES[invitation.status]
