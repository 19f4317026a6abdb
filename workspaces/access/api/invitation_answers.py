"""The account API to accept or reject an invitation into an account or a workspace.

See docs/contract/cloud-api.md, "Invitations".
"""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.endpoints import KeyView
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import NoContent
from orgs.rest import check_network
from orgs.schemas.invitations import InviteCode
from orgs.services.invitation_tokens import invitation_of
from workspaces.access.invitation_acceptance import accept_by_token, decline_by_token


class AnswerView(KeyView):
    """Requires the code of the invitation; it is not found without. The services check who is invited."""

    code: str

    def authorize(self, request: Request) -> None:
        self.code = self.query(InviteCode).invite_code
        invitation = invitation_of(self.code)
        if invitation is None or invitation.id != self.kwargs["id"]:
            raise NotFound
        check_network(self, request, invitation.account)


class AcceptInvitationView(AnswerView):
    @describe("accept_invitation", answers={204: None}, query=InviteCode)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Accept an invitation to the caller's address. The code is the last part of the mailed link."""
        accept_by_token(self.code, self.user)
        return NoContent()


class RejectInvitationView(AnswerView):
    @describe("reject_invitation", answers={204: None}, query=InviteCode)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        decline_by_token(self.code, self.user)
        return NoContent()
