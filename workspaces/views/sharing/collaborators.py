"""Who else works in a workspace of a personal account: people let in, and invitations that wait."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.pages import sent_once
from orgs.models import Invitation
from orgs.paging import page_of
from orgs.services import invitations
from rbac import builtin, permissions, scopes
from workspaces.accesses import rights
from workspaces.pages import WorkspaceRequest, address, workspace_page
from workspaces.sharing import usable_role
from workspaces.views.sharing.kinds import PEOPLE
from workspaces.views.sharing.offers import offers, select, told
from workspaces.views.sharing.page import row_context
from workspaces.views.sharing.rows import rows_of

_MOST = 100
# As in the API of invitations (`workspaces.access_api.invitations`): a permission in the account beside the scope here.
READ, CREATE, UPDATE = (f"{verb}:workspace_invitation" for verb in ("read", "create", "update"))


class InviteForm(forms.Form):
    emails = forms.CharField(
        max_length=20_000,
        label="Email addresses",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "ada@example.com, grace@example.com"}),
        help_text="One or several, with commas or on lines of their own.",
    )
    role = forms.UUIDField(error_messages={"required": "Choose a role.", "invalid": "Choose a role."})

    def clean_emails(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if text]


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def collaborators(request: WorkspaceRequest) -> HttpResponse:
    if request.workspace.account.kind == Account.ORGANIZATION:
        return redirect(address(request.workspace, "sharing"))
    return _page(request, InviteForm())


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
def invite(request: WorkspaceRequest) -> HttpResponse:
    _personal(request)
    held = rights(request.access, request.user)
    if CREATE not in held:
        return _refused(request, CREATE)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _invite(request, form.cleaned_data, held)
        except ValidationError as error:
            form.add_error("emails", error)
        else:
            words = made[0].email if len(made) == 1 else f"{len(made)} people"
            messages.success(request, f"An invitation is on its way to {words}.")
            return redirect(address(request.workspace, "collaborators"))
    return _page(request, form)


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
@require_POST
def resend(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    return _change(request, invitation_id, invitations.resend, "A new link is on its way to {}.")


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
def link(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    """Asks first, as the link that was mailed dies; then shows a new one, this once."""
    _personal(request)
    held = rights(request.access, request.user)
    if UPDATE not in held:
        return _refused(request, UPDATE)
    one, value = _waiting(request, invitation_id), ""
    if request.method == "POST":
        try:
            value = invitations.new_link(one, actor=request.user.as_actor(), within=held)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(address(request.workspace, "collaborators"))
        one.refresh_from_db(fields=["expires_at"])
    response = render(request, "workspaces/sharing/link.html", {"one": one, "value": value})
    response["Cache-Control"] = "no-store"
    return response


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
@require_POST
def revoke(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    """Needs no question: one that was revoked by mistake is sent again."""
    words = "The invitation of {} is revoked; its link opens nothing."
    return _change(request, invitation_id, invitations.revoke_invitation, words)


def _change(request: WorkspaceRequest, invitation_id: UUID, verb: Callable[..., Any], words: str) -> HttpResponse:
    """Do something to an invitation that waits, say so in `words` with its address, and go back to the list."""
    _personal(request)
    held = rights(request.access, request.user)
    if UPDATE not in held:
        return _refused(request, UPDATE)
    invitation = _waiting(request, invitation_id)
    try:
        verb(invitation, actor=request.user.as_actor(), within=held)
        messages.success(request, words.format(invitation.email))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(address(request.workspace, "collaborators"))


def _invite(request: WorkspaceRequest, data: dict[str, Any], held: frozenset[str]) -> list[Invitation]:
    role = usable_role(request.workspace, data["role"])
    if role is None:
        raise ValidationError("There is no such role in this account.")
    return invitations.invite(
        request.workspace.account,
        data["emails"],
        role=permissions.COLLABORATOR,
        workspace=request.workspace,
        workspace_role=role,
        invited_by=request.user,
        actor=request.user.as_actor(),
        within=held,
    )


def _page(request: WorkspaceRequest, form: InviteForm) -> HttpResponse:
    workspace = request.workspace
    paged = page_of(request, PEOPLE.listed(workspace, ""))
    waiting = Invitation.objects.filter(workspace=workspace, status=Invitation.PENDING).select_related("workspace_role")
    held = rights(request.access, request.user)
    found = list(waiting.order_by("-id")[: _MOST + 1]) if READ in held else []
    offered = offers(request)
    may_change = request.access.allows(scopes.MANAGE_WORKSPACE_USERS)
    usual = builtin.IDS[builtin.DEVELOPER]
    chosen = form.cleaned_data.get("role") if form.is_bound and form.errors else None
    context = {
        "rows": [row_context(row, offered) for row in rows_of(request, PEOPLE, paged.rows, [])],
        "paged": paged,
        "person": workspace.account.user,
        "invitations": found[:_MOST],
        "more": len(found) > _MOST,
        "form": form,
        "choice": select("invite", "Role", offered, chosen or usual),
        "may_change": may_change and UPDATE in held,
        "may_invite": may_change and CREATE in held,
        "roles": [(role, told(role)) for role in offered.roles],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "workspaces/sharing/collaborators.html", context, status=status)


def _personal(request: WorkspaceRequest) -> None:
    """An organization invites to itself."""
    if request.workspace.account.kind == Account.ORGANIZATION:
        raise Http404


def _refused(request: WorkspaceRequest, permission: str) -> HttpResponse:
    return render(request, "403.html", {"permission": permission}, status=403)


def _waiting(request: WorkspaceRequest, invitation_id: UUID) -> Invitation:
    """An invitation to this workspace, whatever became of it: the verb says so."""
    found = Invitation.objects.filter(workspace=request.workspace, id=invitation_id).select_related("account").first()
    if found is None:
        raise Http404
    return found
