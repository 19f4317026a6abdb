"""Schemas of invitations to accounts and workspaces.

See docs/contract/cloud-api.md, "Invitations" and "Access to workspaces".
"""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, Field

from core.rest.filters import Names, Page, Part, Times, like, within
from core.rest.shapes import FILTER_BYTES, Strict, Text, Time, Values

Email = Annotated[Text, Field(max_length=254, json_schema_extra={"format": "email"})]
Status = Literal["ACCEPTED", "PENDING", "REJECTED", "REVOKED"]


class InvitationCreate(Strict):
    email: Email
    account_role_id: UUID


class Invitation(BaseModel):
    """An invitation. When it expires its status stays PENDING, but it cannot be accepted any more."""

    id: UUID
    created: Time
    updated: Time
    email: Email
    account_id: UUID
    account_role_id: UUID
    status: Status
    expiration: Time


class WorkspaceInvitationCreate(Strict):
    email: Email


class WorkspaceInvitation(Invitation):
    workspace_id: UUID
    workspace_role_id: UUID


class StatusFilter(Part):
    any_: Values[Status] | None = None


class InvitationFilter(Part):
    status: StatusFilter | None = None
    expiration: Times | None = None
    email: Names | None = None

    def q(self) -> Q:
        condition = Q()
        if self.status:
            condition &= within("status", self.status.any_)
        if self.email:
            emails = self.email.any_
            condition &= within("email", None if emails is None else [email.lower() for email in emails])
            condition &= like("email", self.email.like_)
        if self.expiration:
            condition &= self.expiration.q("expires_at")
        return condition


class InvitationsCountBody(BaseModel):
    MOST_BYTES: ClassVar[int] = FILTER_BYTES

    invitations: InvitationFilter | None = None


class InvitationsBody(Page):
    invitations: InvitationFilter | None = None


class WorkspaceInvitationsBody(Page):
    workspace_invitations: InvitationFilter | None = None


class InviteCode(BaseModel):
    """The token at the end of the mailed link."""

    invite_code: str
