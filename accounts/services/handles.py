"""Handles of accounts: check, reserve, change and suggest them."""

import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Account, FormerHandle
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from core.caps import check_cap
from core.db.unique import refuse_taken
from core.errors import Invalid, Taken

RESERVED_HANDLES = frozenset({"admin", "api", "auth", "account", "my", "hooks", "static", "welcome", "workspaces"})
TAKEN = "This handle is taken."
KEPT = timedelta(days=90)
_RESERVED, _RESERVED_SECONDS = "reserved-handle:", 30 * 24 * 3600


def check_handle(handle: str, *, account: Account | None = None) -> None:
    """Raise `Invalid` unless `handle` is well formed, free and not reserved.

    A former handle stays reserved for its account while it leads there; that account may take it back.
    """
    handle_is_well_formed(handle)
    if len(handle) > HANDLE_LENGTH:
        raise Invalid(f"A handle has at most {HANDLE_LENGTH} characters.")
    former = FormerHandle.objects.filter(handle=handle, expires_at__gt=timezone.now())
    if account is not None:
        former = former.exclude(account=account)
    if handle in RESERVED_HANDLES or Account.with_trashed.filter(handle=handle).exists() or former.exists():
        raise Taken(TAKEN)
    if cache.get(_RESERVED + handle):
        raise Taken(TAKEN)


def reserve_handle(handle: str) -> None:
    """Reserve the handle for a month, although no account has it."""
    cache.set(_RESERVED + handle, True, _RESERVED_SECONDS)


def change_handle(account: Account, handle: str) -> None:
    """Change the account's handle. The old one leads to the account for 90 days.

    Raises `Taken` or `Invalid` like `check_handle`, and `Invalid` above the cap of old handles.
    """
    check_handle(handle, account=account)
    # Nobody else can take an old handle, so an account may not collect them.
    former = FormerHandle.objects.filter(account=account, expires_at__gt=timezone.now())
    check_cap("former_handles", settings.CAPS["former_handles"], former.exclude(handle=handle).count())
    FormerHandle.objects.filter(handle=handle).delete()
    FormerHandle.objects.update_or_create(
        handle=account.handle, defaults={"account": account, "expires_at": timezone.now() + KEPT}
    )
    account.handle = handle
    with refuse_taken(TAKEN):
        account.save(update_fields=["handle", "updated"])


def account_by_handle(handle: str) -> Account | None:
    """Return the account that has this handle, or had it until recently."""
    found = Account.objects.filter(handle=handle).first()
    if found is None:
        former = FormerHandle.objects.filter(handle=handle, expires_at__gt=timezone.now()).select_related("account")
        found = next((handle.account for handle in former), None)
    return found


def suggest_handle(words: str, *, besides: Collection[str] = ()) -> str:
    """Return a free handle made from a name or address. `besides` are handles that are about to be taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", words.split("@")[0].lower()).strip("-")
    stem = stem[: HANDLE_LENGTH - 8].strip("-") or "user"
    tries = [stem, *(f"{stem}-{number}" for number in range(2, 20)), f"{stem}-{secrets.randbelow(900_000) + 100_000}"]
    used = {
        *Account.with_trashed.filter(handle__in=tries).values_list("handle", flat=True),
        *FormerHandle.objects.filter(handle__in=tries).values_list("handle", flat=True),
        *RESERVED_HANDLES,
        *besides,
    }
    return next((handle for handle in tries if handle not in used), tries[-1])
