"""Endpoints of invitations. `workspaces.access.api.invitation_answers` accepts and declines them.

See docs/contract/cloud-api.md, "Invitations".
"""

from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import Invalid, NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.models import Invitation
from orgs.rest import AccountView
from orgs.schemas import invitations as schemas
from orgs.services.invitations import invite_by_role, revoke_invitation
from orgs.services.invitees import MOST_AT_ONCE
from rbac import permissions, scopes


class InvitationsView(AccountView):
    required_permissions = {"POST": permissions.CREATE_INVITATION}

    @describe("create_invitation", body=list[schemas.InvitationCreate], answers={201: list[schemas.Invitation]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Invite all people or none, and mail each a link. Earlier pending invitations of them are revoked."""
        invitations = invite_by_role(
            self.account,
            _by_role(self.body(list[schemas.InvitationCreate])),
            invited_by=self.user,
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
        )
        return Answer([serialize_invitation(invitation) for invitation in invitations], status=201)


class InvitationsFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_INVITATION}

    @describe("read_invitations", body=schemas.InvitationsBody, answers={200: list[schemas.Invitation]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List invitations to the account and its workspaces, newest first."""
        body = self.body(schemas.InvitationsBody, optional=True)
        invitations = self.account.invitations.filter(body.invitations.q() if body.invitations else Q())
        return Answer([serialize_invitation(invitation) for invitation in invitations.order_by("-id")[body.window]])


class InvitationsCountView(AccountView):
    required_permissions = {"POST": permissions.READ_INVITATION}

    @describe("count_invitations", body=schemas.InvitationsCountBody, answers={200: int})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.InvitationsCountBody, optional=True)
        return Answer(self.account.invitations.filter(body.invitations.q() if body.invitations else Q()).count())


class InvitationView(AccountView):
    required_permissions = {"GET": permissions.READ_INVITATION}

    @describe("read_invitation", answers={200: schemas.Invitation})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(serialize_invitation(_get_invitation(self, id)))


class RevokeInvitationView(AccountView):
    required_permissions = {"POST": permissions.UPDATE_INVITATION}

    @describe("revoke_invitation", answers={204: None})
    def post(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Revoke an invitation, so that its link stops working. Revoking it again does nothing."""
        # Callers with this permission own all workspaces of the account, and so hold all scopes there.
        revoke_invitation(
            _get_invitation(self, id), actor=self.actor, granter_scopes=self.account_access.permissions | scopes.ALL
        )
        return NoContent()


def serialize_invitation(invitation: Invitation) -> dict[str, object]:
    """Return an invitation in the form of the API."""
    return {
        "id": invitation.id,
        "created": invitation.created,
        "updated": invitation.updated,
        "email": invitation.email,
        "account_id": invitation.account_id,
        "account_role_id": permissions.IDS[invitation.role],
        "status": invitation.status,
        "expiration": invitation.expires_at,
    }


def _by_role(invitations: list[schemas.InvitationCreate]) -> dict[str, list[str]]:
    """Return the email addresses by role. Raises `Invalid` if a role is unknown or an address has two roles."""
    if len(invitations) > MOST_AT_ONCE:
        raise Invalid(f"Invite at most {MOST_AT_ONCE} people at once.")
    roles: dict[str, str] = {}
    for invitation in invitations:
        role = permissions.NAMES.get(invitation.account_role_id)
        if role is None:
            raise Invalid("There is no such account role.")
        if roles.setdefault(invitation.email.strip().lower(), role) != role:
            raise Invalid(f"{invitation.email} is invited with two roles.")
    return {role: [email for email in roles if roles[email] == role] for role in roles.values()}


def _get_invitation(view: AccountView, id: UUID) -> Invitation:
    invitations = view.account.invitations.select_related("account", "workspace", "workspace_role")
    invitation = invitations.filter(id=id).first()
    if invitation is None:
        raise NotFound("Invitation not found")
    return invitation
