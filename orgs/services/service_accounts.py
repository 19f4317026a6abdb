"""Service accounts: made with a key, renamed, their key rotated, deleted. Suspending one is its membership's affair."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, ApiKey
from accounts.services.keys import create_key, revoke_key
from auditlog.actors import SERVICE_ACCOUNT, Actor
from auditlog.ids import new_id
from orgs.models import Membership, ServiceAccount
from orgs.services.audit import record_for
from orgs.services.locks import hold_account
from orgs.services.members import add_member, change_role, check_within, remove_member
from rbac import permissions

MOST_GRACE = timedelta(hours=48)
ROLES = (permissions.OWNER, permissions.ADMIN, permissions.MEMBER)


@transaction.atomic
def create_service_account(
    account: Account,
    *,
    name: str,
    role: str = permissions.MEMBER,
    expires_at: datetime | None = None,
    actor: Actor,
    within: frozenset[str] | None = None,
) -> tuple[ServiceAccount, ApiKey, str]:
    """The service account, its key, and the key's value, to be shown once.

    `within`: the rights of who asks, which the role may not exceed. Raises PermissionDenied beyond them, and
    ValidationError for a name that is taken or a time that has passed.
    """
    check_within(within, role)
    _check_role(role)
    _check_future(expires_at)
    actor_id = new_id()
    bot = ServiceAccount(
        id=actor_id,
        kind=SERVICE_ACCOUNT,
        home_account=account,
        email=f"{actor_id}@service-account.invalid",  # no such domain will ever be (RFC 2606)
        first_name=_checked(name),
        password=make_password(None),
    )
    with _taken_name_is_invalid():
        bot.save(force_insert=True)
    record_for(account, "service-account.created", actor=actor, object_id=bot.id, object_name=bot.name, role=role)
    add_member(account, user=bot, role=role, actor=actor)
    key, value = create_key(bot, name=bot.name, expires_at=expires_at, actor=actor)
    return bot, key, value


@transaction.atomic
def update_service_account(
    bot: ServiceAccount,
    *,
    name: str | None = None,
    role: str | None = None,
    actor: Actor,
    within: frozenset[str] | None = None,
) -> None:
    """Change what is given, both or nothing. Raises as `rename_service_account` and `change_role`.

    A role with more permissions than before ends all its keys; whoever gives it rotates the key afterwards.
    """
    if name is not None:
        rename_service_account(bot, name, actor=actor, within=within)
    if role is None:
        return
    _check_role(role)
    home = _home(_held(bot))
    membership = Membership.objects.filter(account=home, user=bot).first()
    if membership is not None:
        change_role(membership, role, actor=actor, within=within)
        return
    check_within(within, role)
    add_member(home, user=bot, role=role, actor=actor)


@transaction.atomic
def rename_service_account(
    bot: ServiceAccount, name: str, *, actor: Actor, within: frozenset[str] | None = None
) -> None:
    """Raises ValidationError for a name that is taken, and PermissionDenied for one with rights beyond `within`."""
    row = _held(bot)
    check_within(within, role_of(row))
    name = _checked(name)
    if name == row.first_name:
        return
    bot.first_name = name
    with _taken_name_is_invalid():
        bot.save(update_fields=["first_name", "updated"])
    record_for(
        _home(row),
        "service-account.updated",
        actor=actor,
        object_id=bot.id,
        object_name=row.name,
        changes={"name": {"from": row.name, "to": name}},
    )


@transaction.atomic
def rotate_key(
    bot: ServiceAccount,
    *,
    expires_at: datetime | None = None,
    grace: timedelta = timedelta(0),
    actor: Actor,
    within: frozenset[str] | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its value. The one in use ends at once, or works on for `grace`, at most 48 hours.

    Raises ValidationError for a time that has passed and for a longer grace, and PermissionDenied when the key opens
    more than `within`: whoever gets it acts with the service account's rights.
    """
    row = _held(bot)
    check_within(within, role_of(row))
    _check_future(expires_at)
    if not timedelta(0) <= grace <= MOST_GRACE:
        raise ValidationError("Both keys can work for at most 48 hours.")
    now = timezone.now()
    for old in row.api_keys.select_for_update().filter(replaced_at=None):
        if not grace or old.expired:
            revoke_key(row, old.id, actor=actor)
            continue
        old.replaced_at = now
        old.expires_at = min(old.expires_at or now + grace, now + grace)
        old.save(update_fields=["replaced_at", "expires_at"])
    key, value = create_key(row, name=row.name, expires_at=expires_at, actor=actor)
    record_for(
        _home(row),
        "api-key.rotated",
        actor=actor,
        object_id=key.id,
        object_name=row.name,
        masked_key=key.masked,
        grace_seconds=int(grace.total_seconds()),
    )
    return key, value


@transaction.atomic
def delete_service_account(bot: ServiceAccount, *, actor: Actor, within: frozenset[str] | None = None) -> None:
    """With its keys and all that was granted to it. Raises as `remove_member`."""
    row = _held(bot)
    home = _home(row)
    membership = Membership.objects.filter(account=home, user=row).first()
    if membership is not None:
        remove_member(membership, actor=actor, within=within)
    record_for(home, "service-account.deleted", actor=actor, object_id=row.id, object_name=row.name)
    row.delete()


def active_key(bot: ServiceAccount) -> ApiKey | None:
    """The key that no newer one has replaced; None once an operator revoked it."""
    return bot.api_keys.filter(replaced_at=None).order_by("-created").first()


def rotating_keys(bot: ServiceAccount) -> list[ApiKey]:
    """Replaced keys that still work."""
    return list(bot.api_keys.in_force().filter(replaced_at__isnull=False).order_by("created"))


@transaction.atomic
def end_rotating_key(bot: ServiceAccount, key_id: UUID, *, actor: Actor, within: frozenset[str] | None = None) -> bool:
    """End a replaced key before its time. False when the service account has no such key.

    Raises ValidationError for the active key, which is replaced and not taken away, and PermissionDenied for a service
    account with rights beyond `within`.
    """
    row = _held(bot)
    check_within(within, role_of(row))
    key = row.api_keys.filter(id=key_id).first()
    if key is None:
        return False
    if key.replaced_at is None:
        raise ValidationError("This is the active key: rotate it instead.", code="conflict")
    return revoke_key(row, key_id, actor=actor)


def role_of(bot: ServiceAccount) -> str:
    """Its account role; empty when its membership was taken away, so that its keys open nothing of the account."""
    return Membership.objects.filter(account=bot.home_account_id, user=bot).values_list("role", flat=True).first() or ""


def _held(bot: ServiceAccount) -> ServiceAccount:
    """The service account as it is now, held; its account is held before it. Raises ValidationError when it is gone."""
    if bot.home_account_id is not None:
        hold_account(bot.home_account_id)
    found = ServiceAccount.objects.select_for_update(of=("self",)).select_related("home_account")
    row = found.filter(id=bot.id).first()
    if row is None:
        raise ValidationError("This service account is gone.", code="conflict")
    return row


def _home(bot: ServiceAccount) -> Account:
    assert bot.home_account is not None  # by the constraint of the table
    return bot.home_account


def _checked(name: str) -> str:
    if not name.strip() or len(name) > 500:
        raise ValidationError("A service account needs a name of at most 500 characters.")
    return name.strip()


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ValidationError("A service account is an Owner, an Admin or a Member.")


def _check_future(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError("The expiration must be in the future.")


@contextmanager
def _taken_name_is_invalid() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError("This account has a service account with this name.", code="taken") from error
