"""The invitations to the confirmed address of the signed-in person, answered without their links."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.services.addresses import is_confirmed, may_send_confirmation
from orgs.account_restrictions import closed_reason, refusal
from orgs.models import Invitation
from workspaces.access.invitation_acceptance import accept_by_id, decline_by_id
from workspaces.access.pages.invitations.welcome import welcome


@signed_in
@require_safe
def my_invitations(request: PersonRequest) -> HttpResponse:
    """List the pending invitations, if the address is confirmed; else say that it has to be."""
    confirmed = is_confirmed(request.user)
    rows = Invitation.objects.waiting_for(request.user.email.lower()) if confirmed else Invitation.objects.none()
    rows = rows.select_related("account", "invited_by", "workspace__account", "workspace_role")
    context = {
        "rows": [(invitation, closed_reason(request, invitation.account)) for invitation in rows.order_by("-id")[:100]],
        "confirmed": confirmed,
        "may_send_confirmation": may_send_confirmation(),
    }
    return render(request, "workspaces/access/invitations/mine.html", context)


@sent_once
@signed_in
@require_POST
def accept(request: PersonRequest, invitation_id: UUID) -> HttpResponse:
    if (refused := _account_refusal(request, invitation_id)) is not None:
        return refused
    try:
        invitation = accept_by_id(invitation_id, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("my-invitations")
    return welcome(request, invitation)


@sent_once
@signed_in
@require_POST
def decline(request: PersonRequest, invitation_id: UUID) -> HttpResponse:
    if (refused := _account_refusal(request, invitation_id)) is not None:
        return refused
    try:
        invitation = decline_by_id(invitation_id, request.user)
        messages.success(request, f"You declined the invitation to {invitation.account.name}.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("my-invitations")


def _account_refusal(request: PersonRequest, invitation_id: UUID) -> HttpResponse | None:
    """Return the page that refuses the person if restrictions of the inviting account keep them out."""
    own = Invitation.objects.not_trashed().filter(id=invitation_id, email=request.user.email.lower())
    invitation = own.select_related("account").first()
    return refusal(request, invitation.account) if invitation else None
