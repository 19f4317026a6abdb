"""The limits of an account that a transfer counts against."""

from django.conf import settings

from accounts.models import Account


def workspace_limit(account: Account) -> int | None:
    """Return how many workspaces the account can have. None is no limit."""
    return settings.CAPS["workspaces"] or None
