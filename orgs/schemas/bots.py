"""Service accounts: what the account API takes and gives (cloud-api.md 2.4)."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from accounts.rest.shapes import Text, Time
from orgs.filters import Ids, Names, Page, Part

Name = Annotated[Text, Field(max_length=500)]
MOST_GRACE_SECONDS = 172_800


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BotCreate(Body):
    name: Name
    api_key_expiration: Time | None = None
    account_role_id: UUID | None = None


class BotUpdate(Body):
    """Null leaves a field as it is."""

    name: Name | None = None
    account_role_id: UUID | None = None


class BotRotate(Body):
    api_key_expiration: Time | None = None
    # How long the key in use works on; null and 0 end it at once.
    old_key_expires_in_seconds: Annotated[int, Field(ge=0, le=MOST_GRACE_SECONDS)] | None = None


class BotFilter(Part):
    id: Ids | None = None
    name: Names | None = None


class BotsBody(Page):
    service_accounts: BotFilter | None = None


class BotKey(BaseModel):
    """A key without its value. The id is all zeros where the active key is gone, and `masked_key` null."""

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
    # The identity behind the service account; the same id, as nobody else has it.
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
