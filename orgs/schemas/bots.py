"""Schemas of service accounts, which the API calls bots (docs/contract/cloud-api.md, "Service accounts")."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from core.rest.filters import Ids, Names, Page, Part
from core.rest.shapes import Strict, Text, Time

Name = Annotated[Text, Field(max_length=500)]
MOST_GRACE_SECONDS = 172_800


class BotCreate(Strict):
    name: Name
    api_key_expiration: Time | None = None
    account_role_id: UUID | None = None


class BotUpdate(Strict):
    """The fields to change. Fields that are missing or null do not change."""

    name: Name | None = None
    account_role_id: UUID | None = None


class BotRotate(Strict):
    api_key_expiration: Time | None = None
    # How long the current key keeps working. Null and 0 revoke it at once.
    old_key_expires_in_seconds: Annotated[int, Field(ge=0, le=MOST_GRACE_SECONDS)] | None = None


class BotFilter(Part):
    id: Ids | None = None
    name: Names | None = None


class BotsBody(Page):
    service_accounts: BotFilter | None = None


class BotKey(BaseModel):
    """A key without its value. If the active key was revoked, the id is all zeros and `masked_key` is null."""

    id: UUID
    created: Time | None
    name: str
    expiration: Time | None
    masked_key: str | None


class BotKeyCreated(BaseModel):
    id: UUID
    created: Time
    name: str
    expiration: Time | None
    key: str


class _Bot(BaseModel):
    id: UUID
    created: Time
    updated: Time
    # The id of the actor behind the service account, which is the id of the service account itself.
    actor_id: UUID
    account_id: UUID
    name: str
    account_role_name: str


class Bot(_Bot):
    api_key: BotKey


class BotCreated(_Bot):
    api_key: BotKeyCreated


class BotKeys(BaseModel):
    active_key: BotKey
    rotating_keys: list[BotKey]
