"""The account API by which invited people answer (cloud-api.md 2.6), for invitations of both kinds."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import ApiView, describe
from orgs.schemas.invitations import InviteCode
from orgs.services.invitation_tokens import invitation_of
from workspaces.joining import accept, decline


class AnswerView(ApiView):
    """For whoever has the code of the invitation; without it there is none. Whose it is, the verbs ask."""

    code: str

    def authorize(self, request: Request) -> None:
        self.code = self.query(InviteCode).invite_code
        found = invitation_of(self.code)
        if found is None or found.id != self.kwargs["id"]:
            raise ApiError(404, "Not Found")


class AcceptInvitationView(AnswerView):
    @describe("accept_invitation", answers={204: None}, query=InviteCode)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Join. The code is the end of the mailed link, and the caller has the invited address."""
        accept(self.code, self.user)
        return NoContent()


class RejectInvitationView(AnswerView):
    @describe("reject_invitation", answers={204: None}, query=InviteCode)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        decline(self.code, self.user)
        return NoContent()
