"""Shapes of the API of transfers.

Prefect Cloud has only two operations. See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from accounts.models.accounts import HANDLE_LENGTH
from core.rest.filters import Exact, Ids, Page, Part
from core.rest.shapes import Strict, Text, Time, Whole

Handle = Annotated[Text, Field(max_length=HANDLE_LENGTH)]
Hash = Annotated[Text, Field(max_length=64)]


class CloudTransfer(BaseModel):
    """What Prefect Cloud's clients send. The caller belongs to the account."""

    to_account_id: UUID
    new_handle: Annotated[Text, Field(max_length=5000)] | None = None


class TransferTerms(Strict):
    """The workspace and where it goes: to an account by its handle.

    `roles` names a role of the target for each custom role that is granted in the workspace; null ends the grant.
    Roles that are left out get the suggested one. Old addresses are served for `grace_seconds`.
    """

    workspace_id: UUID
    to_account_handle: Handle
    new_handle: Handle | None = None
    roles: Annotated[dict[UUID, UUID | None], Field(max_length=200)] = {}
    grace_seconds: Whole | None = None


class TransferCreate(TransferTerms):
    """`preview_hash` is of the preview that was shown. If it changed since, the answer is 409."""

    preview_hash: Hash | None = None


class Approval(Strict):
    preview_hash: Hash


class Refusal(Strict):
    refuse_more: bool = False


class Account(BaseModel):
    id: UUID
    handle: str
    kind: Literal["PERSONAL", "ORGANIZATION"]


class Workspace(BaseModel):
    id: UUID
    handle: str
    name: str


class Effect(BaseModel):
    """What happens to somebody's access, or to one object. `depends` tells that only the target knows."""

    kind: str
    id: str
    name: str
    outcome: Literal["keeps", "loses", "gains", "changes", "depends"]
    reason: str
    before: list[str]
    after: list[str]
    depends_on_target: bool


class Figure(BaseModel):
    """A number to know, which is at most 10,001. It is not part of what is approved."""

    name: str
    label: str
    number: int
    depends_on_target: bool = False


class PreviewPart(BaseModel):
    name: str
    title: str
    effects: list[Effect]
    figures: list[Figure]


class Role(BaseModel):
    """A custom role of the source that is granted in the workspace, and the role that takes its place."""

    id: UUID
    name: str
    to: UUID | None
    to_name: str


class Limit(BaseModel):
    side: Literal["source", "target"]
    account: str
    name: str
    before: int
    after: int
    limit: int | None


class Problem(BaseModel):
    category: str
    message: str


class Preview(BaseModel):
    """What a transfer will do. `hash` stands for all of it, except the figures and limits."""

    workspace: Workspace
    source: Account
    target: Account
    new_handle: str
    grace_seconds: int
    parts: list[PreviewPart]
    roles: list[Role]
    limits: list[Limit]
    problems: list[Problem]
    hash: str


class Transfer(BaseModel):
    id: UUID
    created: Time
    status: Literal["WAITING", "APPROVED", "COMPLETED", "DECLINED", "CANCELLED", "EXPIRED", "UNDONE"]
    workspace_id: UUID
    workspace_name: str
    source: Account
    target: Account
    old_handle: str
    new_handle: str
    grace_seconds: int
    problem: str
    expires: Time
    decided: Time | None
    transferred: Time | None
    undo_until: Time | None


class TransferWithPreview(Transfer):
    """A transfer with its preview: as it is now while it waits, else as it was."""

    preview: Preview


class TransferFilter(Part):
    id: Ids | None = None
    status: Exact | None = None
    workspace_id: Ids | None = None


class TransfersBody(Page):
    transfers: TransferFilter | None = None
    direction: Literal["incoming", "outgoing"] | None = None
