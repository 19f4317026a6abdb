"""Handles of accounts: free or taken, changed with the old one leading on, suggested."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, FormerHandle
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed

RESERVED_HANDLES = frozenset({"admin", "api", "auth", "account", "my", "hooks", "static", "welcome", "workspaces"})
KEPT = timedelta(days=90)


def check_handle(handle: str, *, account: Account | None = None) -> None:
    """Raise ValidationError unless `handle` is well formed, free and not reserved.

    A former handle stays reserved for its account while it leads there; that account may take it back.
    """
    handle_is_well_formed(handle)
    if len(handle) > HANDLE_LENGTH:
        raise ValidationError(f"A handle has at most {HANDLE_LENGTH} characters.")
    former = FormerHandle.objects.filter(handle=handle, expires_at__gt=timezone.now())
    if account is not None:
        former = former.exclude(account=account)
    if handle in RESERVED_HANDLES or Account.objects.filter(handle=handle).exists() or former.exists():
        raise taken()


def change_handle(account: Account, handle: str) -> None:
    """Give the account another handle; the old one leads to it for 90 days. Raises as `check_handle`."""
    check_handle(handle, account=account)
    FormerHandle.objects.filter(handle=handle).delete()
    FormerHandle.objects.update_or_create(
        handle=account.handle, defaults={"account": account, "expires_at": timezone.now() + KEPT}
    )
    account.handle = handle
    with taken_handle_is_invalid():
        account.save(update_fields=["handle", "updated"])


def account_by_handle(handle: str) -> Account | None:
    """The account that has this handle, or had it not long ago."""
    found = Account.objects.filter(handle=handle).first()
    if found is None:
        former = FormerHandle.objects.filter(handle=handle, expires_at__gt=timezone.now()).select_related("account")
        found = next((one.account for one in former), None)
    return found


@contextmanager
def taken_handle_is_invalid() -> Iterator[None]:
    """Two may ask for the same handle at once: the second is told as if it had come later."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise taken() from error


def taken() -> ValidationError:
    return ValidationError("This handle is taken.", code="taken")


def suggest_handle(words: str) -> str:
    """A free handle made from a name or an address."""
    stem = re.sub(r"[^a-z0-9]+", "-", words.split("@")[0].lower()).strip("-")
    stem = stem[: HANDLE_LENGTH - 8].strip("-") or "user"
    tries = [stem, *(f"{stem}-{number}" for number in range(2, 20)), f"{stem}-{secrets.randbelow(900_000) + 100_000}"]
    used = {
        *Account.objects.filter(handle__in=tries).values_list("handle", flat=True),
        *FormerHandle.objects.filter(handle__in=tries).values_list("handle", flat=True),
        *RESERVED_HANDLES,
    }
    return next((handle for handle in tries if handle not in used), tries[-1])
