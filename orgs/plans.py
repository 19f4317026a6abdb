"""The features and limits of an account. There are no plans: all accounts have all features and the same limits.

In some places the API requires a number where there is no limit. There it returns a number that nobody reaches.
"""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import Account
from core import caps

# The names are our own, because Prefect Cloud documents none.
FEATURES = (
    "custom_workspace_roles",
    "ip_allowlist",
    "service_accounts",
    "teams",
    "workspace_access",
)
NO_LIMIT = 2**31 - 1
FOREVER_DAYS = 36_500  # a century, because clients subtract it from today and need a valid date


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of an account per minute. 0 means no limit."""

    requests: int
    lines: int  # log lines and events together
    bytes: int  # bodies of requests, and events
    processor_seconds: int  # of expensive requests, in each process


def limits_of(account: Account) -> RateLimits:
    """Return the account's rate limits, which are the same for all accounts."""
    numbers = settings.RATE_LIMITS
    return RateLimits(
        numbers["account_requests"],
        numbers["account_lines"],
        numbers["account_megabytes"] * 1_000_000,
        numbers["account_processor_seconds"],
    )


def check_cap(account: Account, name: str, present: int, *, adding: int = 1) -> None:
    """Raise `Invalid` if `adding` more to those present would exceed the cap of this name in `config.limits`.

    Lock the account (`orgs.services.locks`) or the workspace before counting, so that two requests at once cannot
    exceed the cap.
    """
    caps.check_cap(name, settings.CAPS[name], present, adding=adding)
