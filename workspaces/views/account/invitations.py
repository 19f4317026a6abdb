"""Who is invited into an account: a list, and what can be done about each one."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import blame
from accounts.pages import sent_once
from orgs.invitation_form import InvitedRoleForm
from orgs.models import Invitation
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import page_of
from orgs.services.invitations import change_invitation, new_link, resend, revoke_invitation
from rbac import permissions
from workspaces.models import Workspace
from workspaces.scoping import enter

CHANGE = "update:invitation"
_STATES = {
    Invitation.PENDING: ("accent", "waiting"),
    Invitation.ACCEPTED: ("good", "accepted"),
    Invitation.REJECTED: ("bad", "declined"),
    Invitation.REVOKED: ("", "revoked"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An invitation as the list shows it: its state in a word, and whether the reader may change it."""

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


@account_page("read:invitation")
@require_safe
def invitations(request: AccountRequest) -> HttpResponse:
    """Those that wait, or with `?all` every one, the newest first."""
    every = "all" in request.GET
    rows = _rows(request) if every else _rows(request).filter(status=Invitation.PENDING)
    shown = page_of(request, rows.order_by("-id"))
    may_change = request.mine.may(CHANGE)
    context = {
        "rows": [_row(request, one, may_change) for one in shown.rows],
        "page": shown,
        "every": every,
        "chips": [
            {"label": "Waiting", "href": "?", "current": not every, "count": None},
            {"label": "All", "href": "?all", "current": every, "count": None},
        ],
        "may_invite": request.mine.may("create:invitation"),
        "may_see_invitations": True,
        "may_change": may_change,
    }
    return render(request, "orgs/invitations/list.html", context)


@sent_once
@account_page(CHANGE)
@require_POST
def again(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    """A new mail with a new link."""
    one = _found(request, invitation_id)
    try:
        resend(one, actor=request.user.as_actor(), within=_rights(request, one))
        messages.success(request, f"A new link is on its way to {one.email}. The one before leads nowhere now.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "invitations"))


@account_page(CHANGE)
def link(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    """Asks first, as the link that was mailed dies; then shows a new one, this once."""
    one, value = _found(request, invitation_id), ""
    if request.method == "POST":
        try:
            value = new_link(one, actor=request.user.as_actor(), within=_rights(request, one))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(account_address(request.account, "invitations"))
        one.refresh_from_db(fields=["expires_at"])
    response = render(request, "orgs/invitations/link.html", {"one": one, "value": value})
    response["Cache-Control"] = "no-store"
    return response


@sent_once
@account_page(CHANGE)
def edit(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    """Another role."""
    one = _found(request, invitation_id)
    rights = _rights(request, one)
    form = InvitedRoleForm(one, rights, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_invitation(
                one,
                role=form.cleaned_data.get("role") or permissions.COLLABORATOR,
                workspace_role=form.cleaned_data.get("workspace_role"),
                actor=request.user.as_actor(),
                within=rights,
            )
            messages.success(request, f"The invitation of {one.email} is changed. Its link stays as it is.")
            return redirect(account_address(request.account, "invitations"))
        except ValidationError as error:
            blame(form, error, None)
    context = {"one": one, "form": form}
    return render(request, "orgs/invitations/edit.html", context, status=422 if form.errors else 200)


@sent_once
@account_page(CHANGE)
def revoke(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    one = _found(request, invitation_id)
    if request.method != "POST":
        return render(request, "orgs/invitations/revoke.html", {"one": one})
    try:
        revoke_invitation(one, actor=request.user.as_actor(), within=_rights(request, one))
        messages.success(request, f"The invitation of {one.email} is revoked. Its link opens nothing any more.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "invitations"))


def _rows(request: AccountRequest) -> QuerySet[Invitation]:
    return request.account.invitations.select_related("invited_by", "workspace__account", "workspace_role__inherits")


def _row(request: AccountRequest, one: Invitation, may_change: bool) -> Row:
    look, state = ("warn", "expired") if one.expired else _STATES[one.status]
    within = permissions.ROLES[one.role] <= request.mine.permissions
    return Row(one, look, state, may_change and within and one.status == Invitation.PENDING)


def _found(request: AccountRequest, invitation_id: UUID) -> Invitation:
    one = _rows(request).filter(id=invitation_id).first()
    if one is None:
        raise Http404
    one.account = request.account
    return one


def _rights(request: AccountRequest, one: Invitation) -> frozenset[str]:
    """Permissions in the account, and scopes in the workspace that the invitation leads into."""
    place: Workspace | None = one.workspace
    access = enter(request.user, place.id, request.account.id) if place else None
    return request.mine.permissions | (access.scopes if access else frozenset())
