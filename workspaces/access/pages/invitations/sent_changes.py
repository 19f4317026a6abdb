"""Changes to an invitation that was sent into an account: resend, new link, role, revoke."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.forms import blame
from accounts.models import Account
from accounts.pages import sent_once
from orgs.invitation_form import InvitedRoleForm
from orgs.models import Invitation
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services import invitations
from rbac import permissions
from workspaces.access.pages.invitations.new_link import new_link_page
from workspaces.access.pages.owner_confirmation import ask_before_owner
from workspaces.scoping import enter

CHANGE = permissions.UPDATE_INVITATION


@sent_once
@account_page(CHANGE)
@require_POST
def resend(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    """Mail the invitation again, with a new link."""
    invitation = _get_invitation(request, invitation_id)
    try:
        invitations.resend(
            invitation, actor=request.user.as_actor(), granter_scopes=_granter_scopes(request, invitation)
        )
        messages.success(request, f"Sent a new link to {invitation.email}. The old link no longer works.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "invitations"))


@account_page(CHANGE)
def link(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    invitation = _get_invitation(request, invitation_id)
    return new_link_page(
        request,
        invitation,
        granter_scopes=_granter_scopes(request, invitation),
        template="workspaces/access/invitations/link.html",
        back=account_address(request.account, "invitations"),
    )


@sent_once
@account_page(CHANGE)
def edit(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    """Change the invited role."""
    invitation = _get_invitation(request, invitation_id)
    granter_scopes = _granter_scopes(request, invitation)
    form = InvitedRoleForm(invitation, granter_scopes, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if (asked := _ask_before_owner(request, invitation, form)) is not None:
            return asked
        try:
            invitations.change_invitation(
                invitation,
                role=form.cleaned_data.get("role") or permissions.COLLABORATOR,
                workspace_role=form.cleaned_data.get("workspace_role"),
                actor=request.user.as_actor(),
                granter_scopes=granter_scopes,
            )
            messages.success(request, f"Changed the invitation of {invitation.email}. Its link stays the same.")
            return redirect(account_address(request.account, "invitations"))
        except ValidationError as error:
            blame(form, error, None)
    context = {"invitation": invitation, "form": form}
    return render(request, "workspaces/access/invitations/edit.html", context, status=422 if form.errors else 200)


@sent_once
@account_page(CHANGE)
def revoke(request: AccountRequest, invitation_id: UUID) -> HttpResponse:
    invitation = _get_invitation(request, invitation_id)
    if request.method != "POST":
        return render(request, "workspaces/access/invitations/revoke.html", {"invitation": invitation})
    granter_scopes = _granter_scopes(request, invitation)
    try:
        invitations.revoke_invitation(invitation, actor=request.user.as_actor(), granter_scopes=granter_scopes)
        messages.success(request, f"Revoked the invitation of {invitation.email}. Its link no longer works.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "invitations"))


def _ask_before_owner(request: AccountRequest, invitation: Invitation, form: InvitedRoleForm) -> HttpResponse | None:
    role, workspace_role = form.cleaned_data.get("role", ""), form.cleaned_data.get("workspace_role")
    workspace = invitation.workspace if workspace_role != invitation.workspace_role else None
    return ask_before_owner(
        request,
        who=invitation.email,
        back=account_address(request.account, "invitations"),
        account_name=request.account.name,
        account_role=role if role != invitation.role else "",
        workspace_roles={workspace.full_handle: workspace_role} if workspace and workspace_role else {},
    )


def invitations_of(account: Account) -> QuerySet[Invitation]:
    """Return the invitations into the account and its workspaces, with what the pages show of each."""
    return account.invitations.select_related("invited_by", "workspace__account", "workspace_role__inherits")


def _get_invitation(request: AccountRequest, invitation_id: UUID) -> Invitation:
    invitation = invitations_of(request.account).filter(id=invitation_id).first()
    if invitation is None:
        raise Http404
    invitation.account = request.account
    return invitation


def _granter_scopes(request: AccountRequest, invitation: Invitation) -> frozenset[str]:
    """Return the reader's permissions in the account and scopes in the workspace of the invitation."""
    workspace = invitation.workspace
    access = enter(request.user, workspace.id, request.account.id) if workspace else None
    return request.account_access.permissions | (access.scopes if access else frozenset())
