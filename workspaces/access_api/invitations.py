"""Invitations into one workspace: its part of the workspace API (cloud-api.md 2.8)."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.api.invitations import read
from orgs.models import Invitation
from orgs.schemas import invitations as schemas
from orgs.services.invitations import invite, revoke_invitation
from rbac import builtin, permissions, scopes
from rbac.models import WorkspaceRole
from workspaces import accesses
from workspaces.rest import WorkspaceView


class InvitationsBase(WorkspaceView):
    """Who comes in here comes into the account: that takes a permission there beside the scope here."""

    required_permissions: ClassVar[dict[str, str]] = {}

    rights: frozenset[str]

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        self.rights = accesses.rights(self.access, self.user)
        permission = self.required_permissions[(request.method or "").upper()]
        if permission not in self.rights:
            raise ApiError(403, f"This needs the permission {permission} in the account.")


class InvitationsView(InvitationsBase):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}
    required_permissions = {"POST": "create:workspace_invitation"}

    @describe(
        "create_workspace_invitation",
        body=schemas.WorkspaceInvitationCreate,
        answers={201: schemas.WorkspaceInvitation},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Invite somebody: to a personal account's workspace as a Developer, to an organization's as a Viewer."""
        body = self.body(schemas.WorkspaceInvitationCreate)
        workspace = self.workspace
        personal = workspace.account.kind == Account.PERSONAL
        role = builtin.DEVELOPER if personal else builtin.VIEWER
        made = invite(
            workspace.account,
            [body.email],
            role=permissions.COLLABORATOR if personal else permissions.MEMBER,
            workspace=workspace,
            workspace_role=WorkspaceRole.objects.get(id=builtin.IDS[role]),
            invited_by=self.user,
            actor=self.actor,
            within=self.rights,
        )
        return Answer(_read(made[0]), status=201)


class InvitationsFilterView(InvitationsBase):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_USERS}
    required_permissions = {"POST": "read:workspace_invitation"}

    @describe(
        "read_workspace_invitations",
        body=schemas.WorkspaceInvitationsBody,
        answers={200: list[schemas.WorkspaceInvitation]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkspaceInvitationsBody, optional=True)
        asked = body.workspace_invitations
        found = self.workspace.invitations.filter(asked.q() if asked else Q())
        return Answer([_read(one) for one in found.order_by("-id")[body.window]])


class InvitationView(InvitationsBase):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS}
    required_permissions = {"GET": "read:workspace_invitation"}

    @describe("read_workspace_invitation", answers={200: schemas.WorkspaceInvitation})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_read(_found(self, id)))


class RevokeInvitationView(InvitationsBase):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}
    required_permissions = {"POST": "update:workspace_invitation"}

    @describe("revoke_workspace_invitation", answers={204: None})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Its link opens nothing from now on; done twice, it does no harm."""
        revoke_invitation(_found(self, id), actor=self.actor, within=self.rights)
        return NoContent()


def _read(one: Invitation) -> dict[str, object]:
    return {**read(one), "workspace_id": one.workspace_id, "workspace_role_id": one.workspace_role_id}


def _found(view: WorkspaceView, id: UUID) -> Invitation:
    found = view.workspace.invitations.filter(id=id).select_related("account", "workspace_role__inherits").first()
    if found is None:
        raise ApiError(404, "Invitation not found")
    return found
