"""Create, rename and delete service accounts, and rotate their keys. `members.set_active` suspends them.

`granter_scopes` are the actor's account permissions. A service account may not have more, because whoever holds its key
acts with its permissions. None stands for the operator.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, ApiKey
from accounts.services.access import check_access_stands
from accounts.services.addresses import check_confirmed
from accounts.services.keys import create_key, revoke_key
from auditlog.actors import SERVICE_ACCOUNT, Actor
from core.db.ids import new_id
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid
from core.names import as_line, check_name
from orgs.models import Membership, ServiceAccount
from orgs.models.plans import SERVICE_ACCOUNTS
from orgs.plans import check_cap, require_feature
from orgs.services.audit import record_for
from orgs.services.locks import lock_account
from orgs.services.members import add_member, change_role, check_granter, remove_member
from rbac import permissions

_TAKEN = "This account has a service account with this name."
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
    granter_scopes: frozenset[str] | None = None,
    creator: ApiKey | None = None,
) -> tuple[ServiceAccount, ApiKey, str]:
    """Create a service account with a key. Return both, and the key's value, which is not stored: show it once.

    `creator` is the API key of the request, if any; see `accounts.services.keys.create_key`.

    Raises `Forbidden` if the role has more than `granter_scopes` or the plan has no service accounts, `Unconfirmed` if
    the actor's email address is not confirmed, and `Invalid` if the name is not valid or taken, the expiration has
    passed, or the account has as many service accounts as it may have.
    """
    lock_account(account.id)
    check_confirmed(actor, account)
    check_granter(granter_scopes, role)
    _check_role(role)
    _check_future(expires_at)
    require_feature(account, SERVICE_ACCOUNTS)
    check_cap(account, "service_accounts", ServiceAccount.objects.filter(home_account=account).count())
    actor_id = new_id()
    bot = ServiceAccount(
        id=actor_id,
        kind=SERVICE_ACCOUNT,
        home_account=account,
        email=f"{actor_id}@service-account.invalid",  # RFC 2606 reserves .invalid, so no mail can arrive
        first_name=_clean_name(name),
        password=make_password(None),
    )
    with refuse_taken(_TAKEN):
        bot.save(force_insert=True)
    record_for(account, "service-account.created", actor=actor, object_id=bot.id, object_name=bot.name, role=role)
    add_member(account, user=bot, role=role, actor=actor)
    key, value = create_key(bot, name=bot.name, expires_at=expires_at, actor=actor, creator=creator)
    return bot, key, value


@transaction.atomic
def update_service_account(
    bot: ServiceAccount,
    *,
    name: str | None = None,
    role: str | None = None,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Change the name and the account role, if given, or neither.

    If the new role has permissions that the old one has not, all keys are revoked: rotate the key afterwards. Raises
    the errors of `rename_service_account` and `change_role`.
    """
    if name is not None:
        rename_service_account(bot, name, actor=actor, granter_scopes=granter_scopes)
    if role is None:
        return
    _check_role(role)
    home = _home_account(_lock(bot))
    membership = Membership.objects.filter(account=home, user=bot).first()
    if membership is None or membership.role != role:
        require_feature(home, SERVICE_ACCOUNTS)
    if membership is not None:
        change_role(membership, role, actor=actor, granter_scopes=granter_scopes)
        return
    check_granter(granter_scopes, role)
    add_member(home, user=bot, role=role, actor=actor)


@transaction.atomic
def rename_service_account(
    bot: ServiceAccount, name: str, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> None:
    """Rename a service account.

    Raises `Invalid` if the name is not valid or taken, `Conflict` if the service account was deleted, and `Forbidden`
    if it has more than `granter_scopes` or the plan has no service accounts.
    """
    row = _lock(bot)
    check_granter(granter_scopes, role_of(row))
    if name.strip() == row.first_name:
        return
    require_feature(_home_account(row), SERVICE_ACCOUNTS)
    name = _clean_name(name)
    bot.first_name = name
    with refuse_taken(_TAKEN):
        bot.save(update_fields=["first_name", "updated"])
    record_for(
        _home_account(row),
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
    granter_scopes: frozenset[str] | None = None,
    creator: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Create a new key and return it with its value. The active key is revoked, or keeps working for `grace`.

    A key that an earlier rotation left in its grace period is revoked, so that at most two keys work at a time.
    For `creator` see `create_service_account`.

    Raises `Invalid` if the expiration has passed or `grace` is longer than 48 hours, `Forbidden` if the service account
    has more than `granter_scopes`, `Conflict` if it was deleted, and `Unconfirmed` if the actor's email address is not
    confirmed.
    """
    row = _lock(bot)
    check_confirmed(actor, _home_account(row))
    check_granter(granter_scopes, role_of(row))
    _check_future(expires_at)
    if not timedelta(0) <= grace <= MOST_GRACE:
        raise Invalid("Both keys can work for at most 48 hours.")
    check_access_stands(actor)  # locks the actor before the keys, as a change of the actor's password does
    now = timezone.now()
    for old in row.api_keys.select_for_update():
        if old.replaced_at is not None:
            revoke_key(row, old.id, actor=actor)
            continue
        if not grace or old.expired:
            revoke_key(row, old.id, actor=actor)
            continue
        old.replaced_at = now
        old.expires_at = min(old.expires_at or now + grace, now + grace)
        old.save(update_fields=["replaced_at", "expires_at"])
    key, value = create_key(row, name=as_line(row.name), expires_at=expires_at, actor=actor, creator=creator)
    record_for(
        _home_account(row),
        "api-key.rotated",
        actor=actor,
        object_id=key.id,
        object_name=row.name,
        masked_key=key.masked,
        grace_seconds=int(grace.total_seconds()),
    )
    return key, value


@transaction.atomic
def delete_service_account(bot: ServiceAccount, *, actor: Actor, granter_scopes: frozenset[str] | None = None) -> None:
    """Delete a service account, its keys and its grants. Raises the same errors as `remove_member`."""
    row = _lock(bot)
    home = _home_account(row)
    membership = Membership.objects.filter(account=home, user=row).first()
    if membership is not None:
        remove_member(membership, actor=actor, granter_scopes=granter_scopes)
    record_for(home, "service-account.deleted", actor=actor, object_id=row.id, object_name=row.name)
    row.delete()


def active_key(bot: ServiceAccount) -> ApiKey | None:
    """Return the newest key that was not replaced, or None if it was revoked."""
    return bot.api_keys.filter(replaced_at=None).order_by("-created").first()


def rotating_keys(bot: ServiceAccount) -> list[ApiKey]:
    """Return the replaced keys that still work."""
    return list(bot.api_keys.in_force().filter(replaced_at__isnull=False).order_by("created"))


@transaction.atomic
def end_rotating_key(
    bot: ServiceAccount, key_id: UUID, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> bool:
    """Revoke a replaced key before its grace period ends. Return False if the service account has no such key.

    Raises `Conflict` for the active key, which must be rotated instead, and `Forbidden` if the service account has more
    than `granter_scopes`.
    """
    row = _lock(bot)
    check_granter(granter_scopes, role_of(row))
    key = row.api_keys.filter(id=key_id).first()
    if key is None:
        return False
    if key.replaced_at is None:
        raise Conflict("This is the active key: rotate it instead.")
    return revoke_key(row, key_id, actor=actor)


def role_of(bot: ServiceAccount) -> str:
    """Return the account role of a service account, or the empty string if it has no membership any more."""
    return Membership.objects.filter(account=bot.home_account_id, user=bot).values_list("role", flat=True).first() or ""


def _lock(bot: ServiceAccount) -> ServiceAccount:
    """Lock the account and then the service account. Return its current row, or raise `Conflict` if it was deleted."""
    if bot.home_account_id is not None:
        lock_account(bot.home_account_id)
    rows = ServiceAccount.objects.select_for_update(of=("self",)).select_related("home_account")
    row = rows.filter(id=bot.id).first()
    if row is None:
        raise Conflict("This service account was deleted.")
    return row


def _home_account(bot: ServiceAccount) -> Account:
    assert bot.home_account is not None  # ensured by a constraint of the table
    return bot.home_account


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("A service account needs a name.")
    check_name(name)
    return name


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid("A service account is an Owner, an Admin or a Member.")


def _check_future(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("The expiration must be in the future.")
