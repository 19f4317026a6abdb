"""The limits, features and retention of an account: those of its plan, and what differs for the account.

This is the only reader of `orgs.models.plans`. Services that create something call `check_cap` or `require_feature`
under a lock of the account. `limits_of` is read for every API request, so it remembers for a few seconds.

In some places the API requires a number where there is no limit. There it returns a number that nobody reaches.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts.models import Account
from core import caps
from core.caps import LimitReached
from core.db import tenants
from core.errors import Forbidden
from core.short_memory import ShortMemory
from orgs.models.plans import FEATURES, LIMITS, RETENTION, SSO, UNLIMITED, AccountPlan, Plan

NO_LIMIT = 2**31 - 1
FOREVER_DAYS = 36_500  # a century, because clients subtract it from today and need a valid date
NOT_ENFORCED = frozenset({"automations", SSO})  # what plans name and this site does not have
WHO_CAN_RAISE = "An operator of this installation can change the plan."
LIMIT_WORDS = {
    "workspaces": ("workspace", "workspaces"),
    "members": ("member", "members"),
    "collaborators": ("collaborator", "collaborators"),
    "service_accounts": ("service account", "service accounts"),
    "automations": ("automation", "automations"),
    "work_pools": ("work pool", "work pools"),
}
FEATURE_WORDS = {
    "audit_log_streams": "audit log streams",
    "custom_workspace_roles": "custom roles",
    "ip_allowlist": "an IP allowlist",
    "object_access_lists": "access lists of single objects",
    "service_accounts": "service accounts",
    "sso": "single sign-on",
    "teams": "teams",
    "workspace_access": "roles in single workspaces",
}
# The installation's caps that have another name. An account has either members or collaborators.
_CAPS = {"collaborators": "members"}
_IN_WORKSPACE = frozenset({"work_pools"})  # of which the installation caps those of one workspace
_MOST_ACCOUNTS = 20_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of an account per minute. 0 means no limit."""

    requests: int
    lines: int  # log lines and events together
    bytes: int  # bodies of requests, and events
    processor_seconds: int  # of expensive requests, in each process


@dataclass(frozen=True, slots=True)
class Retention:
    """The days for which an account keeps its data. None is for ever."""

    runs: int | None
    events: int | None
    logs: int | None
    artifacts: int | None
    audit: int | None


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """A plan, and what differs from it for one account."""

    plan: Plan
    own: AccountPlan | None

    def number(self, field: str) -> int | None:
        """Return the number in this field of a plan. None is no limit."""
        differing: int | None = getattr(self.own, field, None)
        if differing is None:
            of_plan: int | None = getattr(self.plan, field)
            return of_plan
        return None if differing == UNLIMITED else differing

    def allows(self, feature: str) -> bool:
        """Return whether the account has this feature, which is a key of FEATURES."""
        field = FEATURES[feature]
        differing: bool | None = getattr(self.own, field, None)
        return bool(getattr(self.plan, field) if differing is None else differing)

    def limit(self, name: str) -> int | None:
        """Return the lower one of the plan's limit and the installation's cap for an account. None is no limit."""
        of_plan = self.number(LIMITS[name])
        of_installation = None if name in _IN_WORKSPACE else settings.CAPS.get(_CAPS.get(name, name)) or None
        return min((number for number in (of_plan, of_installation) if number is not None), default=None)

    @property
    def features(self) -> list[str]:
        """Return the names of the features that the account has and this site offers."""
        return [feature for feature in FEATURES if feature not in NOT_ENFORCED and self.allows(feature)]

    @property
    def retention(self) -> Retention:
        return Retention(**{kind: self.number(field) for kind, field in RETENTION.items()})


class FeatureOff(Forbidden):
    """The account's plan does not have a feature. The API answers 403."""


def terms_of(account: Account) -> AccountTerms:
    """Return the account's plan and what differs from it, as they are now."""
    return terms_of_all([account.id])[account.id]


def terms_of_all(accounts: Collection[UUID]) -> dict[UUID, AccountTerms]:
    """Return the terms of several accounts by their ids: two queries."""
    with tenants.reaching(*accounts):  # the caller may not have entered them, and gets no rows of theirs
        own_rows = AccountPlan.objects.select_related("plan").filter(account__in=accounts)
        own = {row.account_id: row for row in own_rows}
    default = None if all(row.plan for row in own.values()) and len(own) == len(accounts) else _default_plan()
    return {account: _terms(own.get(account), default) for account in accounts}


def limit_of(account: Account, name: str) -> int | None:
    """Return how many of `name` (a key of LIMITS) the account may have by its plan. None is no limit."""
    return terms_of(account).number(LIMITS[name])


def retention_of(account: Account) -> Retention:
    """Return for how many days the account keeps its data."""
    return terms_of(account).retention


def check_cap(account: Account, name: str, present: int, *, adding: int = 1) -> None:
    """Raise `LimitReached` if `adding` more to those present would exceed the account's plan or the installation's cap.

    Lock the account (`orgs.services.locks`) before counting, so that two requests at once cannot exceed the limit.
    """
    check_plan(account, name, present, adding=adding)
    cap = _CAPS.get(name, name)
    caps.check_cap(cap, settings.CAPS[cap], present, adding=adding)


def check_plan(account: Account, name: str, present: int, *, adding: int = 1) -> None:
    """Raise `LimitReached` if `adding` more to those present would exceed the account's plan.

    Does nothing if plans do not limit `name`.
    """
    limit = limit_of(account, name) if name in LIMITS else None
    if limit is not None and present + adding > limit:
        one, many = LIMIT_WORDS[name]
        words = f"no {many}" if limit == 0 else f"at most {limit:,} {one if limit == 1 else many}"
        raise LimitReached(f"The plan of this account allows {words}. {WHO_CAN_RAISE}", code="plan_limit")


def require_feature(account: Account, feature: str) -> None:
    """Raise `FeatureOff` if the account's plan does not have the feature, which is a key of FEATURES."""
    if not terms_of(account).allows(feature):
        raise FeatureOff(f"The plan of this account does not include {FEATURE_WORDS[feature]}. {WHO_CAN_RAISE}")


def limits_of(account: Account) -> RateLimits:
    """Return the account's rate limits: the lower ones of its plan and of the installation.

    Remembers those of the plan for `PLAN_SECONDS`, so that most requests cost no query.
    """
    return remembered_limits_of(account) or _with_installation(_rates.put(account.id, _rates_of(account)))


def remembered_limits_of(account: Account) -> RateLimits | None:
    """Return what `limits_of` returns if that needs no query, for an event loop. Otherwise None."""
    rates = _rates.get(account.id)
    return None if rates is None else _with_installation(rates)


def forget_rates() -> None:
    """Let `limits_of` read again in this process. Other processes do within `PLAN_SECONDS`."""
    _rates.clear()


def _terms(own: AccountPlan | None, default: Plan | None) -> AccountTerms:
    plan = own.plan if own and own.plan else default
    assert plan is not None  # it was read if an account needs it
    return AccountTerms(plan, own)


def _default_plan() -> Plan:
    """Return the default plan. If there is none, a plan without limits."""
    return Plan.objects.filter(is_default=True).first() or Plan(name="Default", is_default=True)


def _rates_of(account: Account) -> tuple[int, int]:
    terms = terms_of(account)
    return terms.number("requests_per_minute") or 0, terms.number("lines_per_minute") or 0


def _with_installation(rates: tuple[int, int]) -> RateLimits:
    numbers = settings.RATE_LIMITS
    return RateLimits(
        _lower(rates[0], numbers["account_requests"]),
        _lower(rates[1], numbers["account_lines"]),
        numbers["account_megabytes"] * 1_000_000,
        numbers["account_processor_seconds"],
    )


def _lower(first: int, second: int) -> int:
    """Return the lower of two limits, of which 0 is none."""
    return min(first, second) if first and second else first or second


_rates: ShortMemory[UUID, tuple[int, int]] = ShortMemory(_MOST_ACCOUNTS, seconds=lambda: settings.PLAN_SECONDS)
