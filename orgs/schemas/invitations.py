"""Invitations: what the account API and that of workspaces take and give (cloud-api.md 2.6, 2.8)."""

from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, ConfigDict, Field

from accounts.rest.shapes import Many, Text, Time
from orgs.filters import Page, Part, among, like

Email = Annotated[Text, Field(max_length=254, json_schema_extra={"format": "email"})]
Status = Literal["ACCEPTED", "PENDING", "REJECTED", "REVOKED"]


class InvitationCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email
    account_role_id: UUID


class Invitation(BaseModel):
    """One whose expiration has passed stays PENDING and opens nothing."""

    id: UUID
    created: Time
    updated: Time
    email: Email
    account_id: UUID
    account_role_id: UUID
    status: Status
    expiration: Time


class WorkspaceInvitationCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email


class WorkspaceInvitation(Invitation):
    workspace_id: UUID
    workspace_role_id: UUID


class StatusFilter(Part):
    any_: Many[Status] | None = None


class ExpirationFilter(Part):
    before_: Time | None = None
    after_: Time | None = None


class EmailFilter(Part):
    any_: Many[Text] | None = None
    like_: Text | None = None


class InvitationFilter(Part):
    status: StatusFilter | None = None
    expiration: ExpirationFilter | None = None
    email: EmailFilter | None = None

    def q(self) -> Q:
        found = Q()
        if self.status:
            found &= among("status", self.status.any_)
        if self.email:
            asked = self.email.any_
            found &= among("email", None if asked is None else [one.lower() for one in asked])
            found &= like("email", self.email.like_)
        if self.expiration and self.expiration.before_:
            found &= Q(expires_at__lte=self.expiration.before_)
        if self.expiration and self.expiration.after_:
            found &= Q(expires_at__gte=self.expiration.after_)
        return found


class InvitationsCountBody(BaseModel):
    invitations: InvitationFilter | None = None


class InvitationsBody(Page):
    invitations: InvitationFilter | None = None


class WorkspaceInvitationsBody(Page):
    workspace_invitations: InvitationFilter | None = None


class InviteCode(BaseModel):
    """The token at the end of the mailed link."""

    invite_code: str
