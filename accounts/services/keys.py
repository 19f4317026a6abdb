"""API keys: create, find and revoke them."""

import secrets
import string
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import ApiKey, User
from accounts.models.keys import ApiKeyQuerySet
from accounts.services.access import check_access_stands
from auditlog.actors import SERVICE_ACCOUNT, Actor, system
from auditlog.services import record
from core import digests as keyed
from core.caps import check_cap
from core.db.statements import Prepared, all_columns, load
from core.errors import Forbidden
from core.names import check_name

_KEY_COLUMNS = len(all_columns(ApiKey))
# What `key_in_force` needs of a key, its user, and the account that the user belongs to if it is a service account.
KEY_COLUMNS = (
    *all_columns(ApiKey),
    *(f"user__{column}" for column in all_columns(User)),
    "user__home_account__trashed_at",
)
by_digest = Prepared(lambda digest: ApiKey.objects.filter(digest=digest).values_list(*KEY_COLUMNS))
_ALPHABET = string.ascii_letters + string.digits
_PREFIXES = tuple(ApiKey.PREFIXES.values())
_LENGTH = 43  # 256 bits in 62 letters


@transaction.atomic
def create_key(
    user: User, *, name: str, expires_at: datetime | None, actor: Actor, creator: ApiKey | None = None
) -> tuple[ApiKey, str]:
    """Create a key and return it with its value. The value is stored nowhere: show it once.

    `creator` is the key that the request came with. Raises `Invalid` for a bad name and above the cap, and
    `Forbidden` if the new key would outlive it, or if the actor's access was ended since the request began.
    """
    _check_outlives(creator, expires_at)
    check_name(name)
    check_access_stands(actor)
    list(User.actors.select_for_update(no_key=True).filter(id=user.id).values_list("id"))
    check_cap("keys", settings.CAPS["keys"], user.api_keys.count())
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
    """Delete the key. Returns False if the user has no such key."""
    key = ApiKey.objects.select_for_update().filter(user=user, id=key_id).first()
    if key is None:
        return False
    _record("api-key.deleted", key, actor)
    key.delete()
    return True


@transaction.atomic
def revoke_own_keys(user: User, *, actor: Actor) -> int:
    """Revoke the `own_keys` of a person, each with an audit entry. Returns their number."""
    keys = list(own_keys(user).select_for_update(of=("self",)).select_related("user").order_by("id"))
    for key in keys:
        _record("api-key.deleted", key, actor)
        key.delete()
    return len(keys)


def own_keys(user: User) -> ApiKeyQuerySet:
    """Return the keys in force that only this person answers for: theirs and those of their service accounts."""
    return ApiKey.objects.in_force().filter(Q(user=user) | Q(user__home_account__user=user))


@transaction.atomic
def drop_expired_keys(*, before: datetime) -> None:
    """Remove keys that expired before a time.

    A service account keeps its latest key, so that its page can say when it expired.
    """
    latest = Q(user__kind=SERVICE_ACCOUNT, replaced_at=None)
    for key in ApiKey.objects.select_for_update(of=("self",)).filter(expires_at__lt=before).exclude(latest):
        _record("api-key.deleted", key, system("clean-up"))
        key.delete()


def find_key(value: str) -> ApiKey | None:
    """Return the valid key with this value and its user, or None."""
    rows = (by_digest.first(digest) for digest in digests(value))
    return next((key for row in rows if row is not None and (key := key_in_force(row)) is not None), None)


def key_in_force(row: tuple[Any, ...]) -> ApiKey | None:
    """Return the key in a row of KEY_COLUMNS with its user, or None if it is no longer valid.

    The keys of the service accounts of a deleted organization do not work, unless it is restored.
    """
    key: ApiKey = load(ApiKey, row[:_KEY_COLUMNS])
    key.user = load(User, row[_KEY_COLUMNS:-1])
    return None if key.expired or not key.user.is_active or row[-1] is not None else key


def digests(value: str) -> list[str]:
    """Return the key's possible hashes, the current one first. Returns none for other text."""
    return keyed.digests("api key", value) if value.startswith(_PREFIXES) else []


def _check_outlives(creator: ApiKey | None, expires_at: datetime | None) -> None:
    """Raise `Forbidden` if a key that ends at `expires_at` would outlive the key that creates it."""
    if creator is None or creator.expires_at is None:
        return
    if expires_at is None or expires_at > creator.expires_at:
        ends = creator.expires_at.isoformat(timespec="seconds")
        raise Forbidden(f"A key cannot create a key that outlives it: set an expiration up to {ends}.")


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
