"""The admin of invitations, which shows and revokes them."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly, require_superuser
from orgs.models import Invitation
from orgs.services.invitations import revoke_invitation

_TIMES = ("created", "sent_at", "expires_at")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    noun = "account-invitation"
    list_display = ["email", "account", "role", "status", "sent_at", "expires_at"]
    list_filter = ["status", "role"]
    list_select_related = ["account"]
    search_fields = ["email", "account__handle"]
    fields = [
        "email",
        "account",
        "role",
        "workspace",
        "workspace_role",
        "status",
        "invited_by",
        "sent_at",
        "expires_at",
    ]
    actions = ["revoke"]

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.action(description="Revoke the chosen invitations", permissions=["view"])
    def revoke(self, request: HttpRequest, selected: QuerySet[Invitation]) -> None:
        require_superuser(request)
        revoked = 0
        for invitation in selected.filter(status=Invitation.PENDING).select_related("account"):
            try:
                revoked += revoke_invitation(invitation, actor=operator(request))
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
        self.message_user(request, f"{revoked} revoked.", messages.SUCCESS)
