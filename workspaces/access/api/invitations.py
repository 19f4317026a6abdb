"""The workspace API of invitations into one workspace.

See docs/contract/cloud-api.md, "Access to workspaces".
"""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.api.invitations import serialize_invitation
from orgs.models import Invitation
from orgs.schemas import invitations as schemas
from orgs.services.invitations import invite, revoke_invitation
from rbac import builtin, permissions, scopes
from rbac.models import WorkspaceRole
from workspaces.access import grant_queries
from workspaces.rest import WorkspaceView


class InvitationsBase(WorkspaceView):
    """Requires a permission in the account and a scope in the workspace, as invited people join both."""

    required_permissions: ClassVar[dict[str, str]] = {}

    rights: frozenset[str]

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        self.rights = grant_queries.combined_rights(self.access, self.user)
        permission = self.required_permissions[(request.method or "").upper()]
        if permission not in self.rights:
            raise ApiError(403, f"This needs the permission {permission} in the account.")


class InvitationsView(InvitationsBase):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}
    required_permissions = {"POST": permissions.CREATE_WORKSPACE_INVITATION}

    @describe(
        "create_workspace_invitation",
        body=schemas.WorkspaceInvitationCreate,
        answers={201: schemas.WorkspaceInvitation},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Invite somebody: as a Developer in a personal account's workspace, as a Viewer in an organization's."""
        body = self.body(schemas.WorkspaceInvitationCreate)
        workspace = self.workspace
        personal = workspace.account.kind == Account.PERSONAL
        role = builtin.DEVELOPER if personal else builtin.VIEWER
        invitations = invite(
            workspace.account,
            [body.email],
            role=permissions.COLLABORATOR if personal else permissions.MEMBER,
            workspace=workspace,
            workspace_role=WorkspaceRole.objects.get(id=builtin.IDS[role]),
            invited_by=self.user,
            actor=self.actor,
            granter_scopes=self.rights,
        )
        return Answer(_serialize(invitations[0]), status=201)


class InvitationsFilterView(InvitationsBase):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_USERS}
    required_permissions = {"POST": permissions.READ_WORKSPACE_INVITATION}

    @describe(
        "read_workspace_invitations",
        body=schemas.WorkspaceInvitationsBody,
        answers={200: list[schemas.WorkspaceInvitation]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.WorkspaceInvitationsBody, optional=True)
        conditions = body.workspace_invitations
        rows = self.workspace.invitations.filter(conditions.q() if conditions else Q())
        return Answer([_serialize(invitation) for invitation in rows.order_by("-id")[body.window]])


class InvitationView(InvitationsBase):
    required_scopes = {"GET": scopes.SEE_WORKSPACE_USERS}
    required_permissions = {"GET": permissions.READ_WORKSPACE_INVITATION}

    @describe("read_workspace_invitation", answers={200: schemas.WorkspaceInvitation})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_serialize(_get_invitation(self, id)))


class RevokeInvitationView(InvitationsBase):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_USERS}
    required_permissions = {"POST": permissions.UPDATE_WORKSPACE_INVITATION}

    @describe("revoke_workspace_invitation", answers={204: None})
    def post(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        """Revoke an invitation: its link no longer works. Revoking it again changes nothing."""
        revoke_invitation(_get_invitation(self, id), actor=self.actor, granter_scopes=self.rights)
        return NoContent()


def _serialize(invitation: Invitation) -> dict[str, object]:
    workspace = {"workspace_id": invitation.workspace_id, "workspace_role_id": invitation.workspace_role_id}
    return {**serialize_invitation(invitation), **workspace}


def _get_invitation(view: WorkspaceView, id: UUID) -> Invitation:
    rows = view.workspace.invitations.filter(id=id).select_related("account", "workspace_role__inherits")
    invitation = rows.first()
    if invitation is None:
        raise NotFound("Invitation not found")
    return invitation
