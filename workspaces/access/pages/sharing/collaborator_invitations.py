"""Inviting collaborators into a personal account's workspace, and changing their invitations.

As in the API (`workspaces.access.api.invitations`), this takes a permission in the account and a scope in the
workspace.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import Account
from accounts.pages import sent_once
from orgs.missing_permissions import permission_refusal
from orgs.models import Invitation
from orgs.services import invitations
from rbac import permissions, scopes
from rbac.models import WorkspaceRole
from rbac.role_choices import usable_role
from workspaces.access.grant_queries import combined_rights
from workspaces.access.pages.invitations.new_link import new_link_page
from workspaces.access.pages.owner_confirmation import ask_before_owner_of_workspace
from workspaces.access.pages.sharing.collaborators import InviteForm, show_collaborators
from workspaces.pages import WorkspaceRequest, address, workspace_page

CREATE, UPDATE = permissions.CREATE_WORKSPACE_INVITATION, permissions.UPDATE_WORKSPACE_INVITATION


@sent_once
@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
def invite(request: WorkspaceRequest) -> HttpResponse:
    _check_personal(request)
    rights = combined_rights(request.access, request.user)
    if CREATE not in rights:
        return _forbidden(request, CREATE)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            role = usable_role(request.workspace.account, form.cleaned_data["role"])
            emails = form.cleaned_data["emails"]
            who = emails[0] if len(emails) == 1 else f"{len(emails)} people"
            back = address(request.workspace, "collaborators")
            asked = ask_before_owner_of_workspace(request, request.workspace, role, who=who, back=back)
            if asked is not None:
                return asked
            sent = _invite(request, emails, role, rights)
        except ValidationError as error:
            form.add_error("emails", error)
        else:
            words = f"an invitation to {sent[0].email}" if len(sent) == 1 else f"{len(sent)} invitations"
            messages.success(request, f"Sent {words}.")
            return redirect(back)
    return show_collaborators(request, form)


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
@require_POST
def resend(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    return _change(request, invitation_id, invitations.resend, "Sent a new link to {}.")


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
def link(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    _check_personal(request)
    rights = combined_rights(request.access, request.user)
    if UPDATE not in rights:
        return _forbidden(request, UPDATE)
    return new_link_page(
        request,
        _get_invitation(request, invitation_id),
        granter_scopes=rights,
        template="workspaces/access/sharing/link.html",
        back=address(request.workspace, "collaborators"),
    )


@workspace_page(scopes.MANAGE_WORKSPACE_USERS)
@require_POST
def revoke(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    """Revoke an invitation without confirmation, as the address can be invited again."""
    words = "Revoked the invitation of {}. Its link no longer works."
    return _change(request, invitation_id, invitations.revoke_invitation, words)


def _change(
    request: WorkspaceRequest, invitation_id: UUID, service: Callable[..., Any], success_message: str
) -> HttpResponse:
    """Call the service with the invitation and redirect to the list. `{}` in the message stands for the address."""
    _check_personal(request)
    rights = combined_rights(request.access, request.user)
    if UPDATE not in rights:
        return _forbidden(request, UPDATE)
    invitation = _get_invitation(request, invitation_id)
    try:
        service(invitation, actor=request.user.as_actor(), granter_scopes=rights)
        messages.success(request, success_message.format(invitation.email))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(address(request.workspace, "collaborators"))


def _invite(
    request: WorkspaceRequest, emails: list[str], role: WorkspaceRole, rights: frozenset[str]
) -> list[Invitation]:
    return invitations.invite(
        request.workspace.account,
        emails,
        role=permissions.COLLABORATOR,
        workspace=request.workspace,
        workspace_role=role,
        invited_by=request.user,
        actor=request.user.as_actor(),
        granter_scopes=rights,
    )


def _check_personal(request: WorkspaceRequest) -> None:
    """Raise `Http404` for an organization's workspace: people are invited into the organization instead."""
    if request.workspace.account.kind == Account.ORGANIZATION:
        raise Http404


def _forbidden(request: WorkspaceRequest, permission: str) -> HttpResponse:
    return permission_refusal(request, request.workspace.account, permission)


def _get_invitation(request: WorkspaceRequest, invitation_id: UUID) -> Invitation:
    """Return an invitation to this workspace in any state: the services refuse those that were answered."""
    rows = Invitation.objects.filter(workspace=request.workspace, id=invitation_id).select_related("account")
    invitation = rows.first()
    if invitation is None:
        raise Http404
    return invitation
