"""API keys: made, looked up, revoked."""

import secrets
import string
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import ApiKey, User
from accounts.services import digests as keyed
from auditlog.actors import SERVICE_ACCOUNT, Actor, system
from auditlog.services import record
from auditlog.statements import Prepared, all_columns, load

_KEY_COLUMNS = len(all_columns(ApiKey))
by_digest = Prepared(
    lambda digest: ApiKey.objects.filter(digest=digest).values_list(
        *all_columns(ApiKey), *(f"user__{column}" for column in all_columns(User))
    )
)
_ALPHABET = string.ascii_letters + string.digits
_PREFIXES = tuple(ApiKey.PREFIXES.values())
_LENGTH = 43  # 256 bits in 62 letters


@transaction.atomic
def create_key(user: User, *, name: str, expires_at: datetime | None, actor: Actor) -> tuple[ApiKey, str]:
    """A new key and its value. The value is in no other place: show it once."""
    prefix = ApiKey.PREFIXES[user.kind]
    value = prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    key = ApiKey.objects.create(
        user=user,
        name=name,
        expires_at=expires_at,
        digest=digests(value)[0],
        prefix=prefix,
        last_four=value[-4:],
    )
    _record("api-key.created", key, actor)
    return key, value


@transaction.atomic
def revoke_key(user: User, key_id: UUID, *, actor: Actor) -> bool:
    """Delete the key, whoever uses it at this moment. False when the user has no such key."""
    key = ApiKey.objects.select_for_update().filter(user=user, id=key_id).first()
    if key is None:
        return False
    _record("api-key.deleted", key, actor)
    key.delete()
    return True


@transaction.atomic
def drop_expired_keys(*, before: datetime) -> None:
    """Remove keys that expired before a time; they have opened nothing since.

    A service account keeps the one that no newer one has replaced: it tells when the key ended.
    """
    latest = Q(user__kind=SERVICE_ACCOUNT, replaced_at=None)
    for key in ApiKey.objects.select_for_update(of=("self",)).filter(expires_at__lt=before).exclude(latest):
        _record("api-key.deleted", key, system("clean-up"))
        key.delete()


def find_key(value: str) -> ApiKey | None:
    """The key in force with this value, with its user; None for any other text."""
    rows = (by_digest.first(digest) for digest in digests(value))
    return next((key for row in rows if row is not None and (key := key_in_force(row)) is not None), None)


def key_in_force(row: tuple[Any, ...]) -> ApiKey | None:
    """The key in a row of `by_digest`, with its user; None when it opens no door any more."""
    key: ApiKey = load(ApiKey, row[:_KEY_COLUMNS])
    key.user = load(User, row[_KEY_COLUMNS:])
    return None if key.expired or not key.user.is_active else key


def digests(value: str) -> list[str]:
    """The key's hash under today's secret, then under those before it; none for other text."""
    return keyed.digests("api key", value) if value.startswith(_PREFIXES) else []


def _record(action: str, key: ApiKey, actor: Actor) -> None:
    record(
        action,
        actor=actor,
        account_id=key.user.own_account_id,
        object_id=key.id,
        object_name=key.name,
        masked_key=key.masked,
        expires_at=key.expires_at.isoformat() if key.expires_at else None,
    )
