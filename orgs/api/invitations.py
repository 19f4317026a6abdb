"""The account API of invitations (cloud-api.md 2.6). `workspaces.access_api.joining` has how they are answered."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.models import Invitation
from orgs.rest import AccountView
from orgs.schemas import invitations as schemas
from orgs.services.invitations import invite, revoke_invitation
from orgs.services.invitees import MOST_AT_ONCE
from rbac import permissions, scopes


class InvitationsView(AccountView):
    required_permissions = {"POST": "create:invitation"}

    @describe("create_invitation", body=list[schemas.InvitationCreate], answers={201: list[schemas.Invitation]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Invite people, all or none; each is mailed a link. One that waits for the same person is revoked first."""
        wanted = self.body(list[schemas.InvitationCreate])
        return Answer([read(one) for one in _invited(self, _by_role(wanted))], status=201)


class InvitationsFilterView(AccountView):
    required_permissions = {"POST": "read:invitation"}

    @describe("read_invitations", body=schemas.InvitationsBody, answers={200: list[schemas.Invitation]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """The newest first; also those that lead into one of the account's workspaces."""
        body = self.body(schemas.InvitationsBody, optional=True)
        found = self.account.invitations.filter(body.invitations.q() if body.invitations else Q())
        return Answer([read(one) for one in found.order_by("-id")[body.window]])


class InvitationsCountView(AccountView):
    required_permissions = {"POST": "read:invitation"}

    @describe("count_invitations", body=schemas.InvitationsCountBody, answers={200: int})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        body = self.body(schemas.InvitationsCountBody, optional=True)
        return Answer(self.account.invitations.filter(body.invitations.q() if body.invitations else Q()).count())


class InvitationView(AccountView):
    required_permissions = {"GET": "read:invitation"}

    @describe("read_invitation", answers={200: schemas.Invitation})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(read(_found(self, id)))


class RevokeInvitationView(AccountView):
    required_permissions = {"POST": "update:invitation"}

    @describe("revoke_invitation", answers={204: None})
    def post(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Its link opens nothing from now on; done twice, it does no harm."""
        # Who may do this owns every workspace of the account: no scope there is beyond them.
        revoke_invitation(_found(self, id), actor=self.actor, within=self.mine.permissions | scopes.ALL)
        return NoContent()


def read(one: Invitation) -> dict[str, object]:
    return {
        "id": one.id,
        "created": one.created,
        "updated": one.updated,
        "email": one.email,
        "account_id": one.account_id,
        "account_role_id": permissions.IDS[one.role],
        "status": one.status,
        "expiration": one.expires_at,
    }


def _by_role(wanted: list[schemas.InvitationCreate]) -> dict[str, list[str]]:
    """The addresses of each role. Raises ValidationError for an unknown role, and for an address with two of them."""
    if len(wanted) > MOST_AT_ONCE:
        raise ValidationError(f"Invite at most {MOST_AT_ONCE} people at once.")
    roles: dict[str, str] = {}
    for one in wanted:
        role = permissions.NAMES.get(one.account_role_id)
        if role is None:
            raise ValidationError("There is no such account role.")
        if roles.setdefault(one.email.strip().lower(), role) != role:
            raise ValidationError(f"{one.email} is invited with two roles.")
    return {role: [email for email in roles if roles[email] == role] for role in roles.values()}


@transaction.atomic
def _invited(view: AccountView, by_role: dict[str, list[str]]) -> list[Invitation]:
    """All or none, whatever their roles."""
    made = [
        one
        for role, emails in by_role.items()
        for one in invite(
            view.account,
            emails,
            role=role,
            invited_by=view.user,
            actor=view.actor,
            within=view.mine.permissions,
        )
    ]
    return made


def _found(view: AccountView, id: UUID) -> Invitation:
    found = view.account.invitations.filter(id=id).select_related("account", "workspace", "workspace_role").first()
    if found is None:
        raise ApiError(404, "Invitation not found")
    return found
