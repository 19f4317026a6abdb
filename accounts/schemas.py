"""Shapes of the account API: people, their keys and sessions.

See docs/contract/cloud-api.md, "The caller" and "Shared shapes".
"""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from core.rest import shapes
from core.rest.filters import Page
from core.rest.shapes import LikeText, Many, Strict, Time, Values

Text = Annotated[shapes.Text, Field(max_length=5000)]
Name = Annotated[shapes.Text, Field(max_length=500)]
Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"})]


class UserSettings(BaseModel):
    default_timezone: str | None = None
    default_color_palette: str | None = None
    tutorial_completed: bool = False
    feature_previews: Many[str] = []


class Me(BaseModel):
    id: UUID
    handle: str
    first_name: str
    last_name: str
    email: Email
    location: str | None
    personal_account_id: UUID | None
    settings: UserSettings


class User(Me):
    created: Time
    updated: Time
    # Prefect Cloud has a separate actor id for each user. Here it is the user's own id.
    actor_id: UUID
    idp_user_id: str
    title: str | None
    image_location: str | None
    last_login: Time | None


class UserUpdate(Strict):
    """All optional; null leaves a field as it is."""

    handle: Text | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    location: Text | None = None
    title: Text | None = None
    image_location: Text | None = None
    settings: UserSettings | None = None
    last_login: Time | None = None


class ApiKeyCreate(Strict):
    name: Name
    expiration: Time | None = None


class ApiKeyRead(BaseModel):
    id: UUID
    created: Time
    name: str
    expiration: Time | None
    masked_key: str


class ApiKeyCreated(BaseModel):
    id: UUID
    created: Time
    name: str
    expiration: Time | None
    key: str


class ApiKeyName(Strict):
    any_: Values[Text] | None = None
    like_: LikeText | None = None


class ApiKeyFilter(Strict):
    name: ApiKeyName | None = None


class ApiKeysBody(Page):
    api_keys: ApiKeyFilter | None = None


class Session(BaseModel):
    """A signed-in browser. `updated` is its last use, to within five minutes.

    There is no location, because IP addresses are not looked up.
    """

    id: UUID
    created: Time
    updated: Time
    user_id: UUID
    ip_address: str
    location: str | None
    user_agent: str
    expires_at: int
    restricted: bool


class SessionExpiry(Strict):
    """Bounds in seconds since 1970, themselves included."""

    before_: int | None = None
    after_: int | None = None


class SessionText(Strict):
    any_: Values[Text] | None = None
    like_: LikeText | None = None


class SessionRestricted(Strict):
    is_restricted_: bool | None = None


class SessionFilter(Strict):
    expires_at: SessionExpiry | None = None
    ip_address: SessionText | None = None
    location: SessionText | None = None
    restricted: SessionRestricted | None = None


class SessionsBody(Page):
    filter: SessionFilter | None = None


class ByName(BaseModel):
    name: Text | None = None


class ImageUpload(BaseModel):
    file: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]
