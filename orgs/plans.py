"""The limits, features and retention of an account, from its plan and what differs for the account.

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
from core.db import tenants
from core.errors import Forbidden, Invalid
from core.short_memory import ShortMemory
from orgs.models.plans import FEATURES, LIMITS, RETENTION, SSO, UNLIMITED, AccountPlan, Plan

NO_LIMIT = 2**31 - 1
FOREVER_DAYS = 36_500  # a century, because clients subtract it from today and need a valid date
_NOT_HERE = {SSO}  # features that plans have and this site does not
_CAPS = {"collaborators": "members"}  # installation's caps with another name: either kind of account has one of them
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
class Terms:
    """A plan with what differs from it for one account."""

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
        field = FEATURES[feature]
        differing: bool | None = getattr(self.own, field, None)
        return bool(getattr(self.plan, field) if differing is None else differing)

    @property
    def features(self) -> list[str]:
        """Return the names of the features that the account has and this site offers."""
        return [feature for feature in FEATURES if feature not in _NOT_HERE and self.allows(feature)]

    @property
    def retention(self) -> Retention:
        return Retention(**{kind: self.number(field) for kind, field in RETENTION.items()})


def terms_of(account: Account) -> Terms:
    """Return the account's plan and what differs from it, as they are now."""
    return terms_of_all([account.id])[account.id]


def terms_of_all(accounts: Collection[UUID]) -> dict[UUID, Terms]:
    """Return the terms of several accounts by their ids: two queries."""
    with tenants.reaching(*accounts):  # the caller may not have entered them, and gets no rows of theirs
        own_rows = AccountPlan.objects.select_related("plan").filter(account__in=accounts)
        own = {row.account_id: row for row in own_rows}
    default = _default_plan() if any(_plan_of(own.get(account)) is None for account in accounts) else None
    terms = {}
    for account in accounts:
        plan = _plan_of(own.get(account)) or default
        assert plan is not None
        terms[account] = Terms(plan, own.get(account))
    return terms


def limit_of(account: Account, name: str) -> int | None:
    """Return how many of `name` (a key of LIMITS) the account may have by its plan. None is no limit."""
    return terms_of(account).number(LIMITS[name])


def features_of(account: Account) -> list[str]:
    """Return the names of the features that the account has."""
    return terms_of(account).features


def retention_of(account: Account) -> Retention:
    """Return for how many days the account keeps its data."""
    return terms_of(account).retention


def limits_of(account: Account) -> RateLimits:
    """Return the account's rate limits: the lower ones of its plan and of the installation.

    Remembers those of the plan for `PLAN_SECONDS`, so that most requests cost no query.
    """
    return _with_installation(_rates.get(account.id) or _rates.put(account.id, _rates_of(account)))


def remembered_limits_of(account: Account) -> RateLimits | None:
    """Return what `limits_of` returns if that needs no query, for an event loop. Otherwise None."""
    rates = _rates.get(account.id)
    return None if rates is None else _with_installation(rates)


def forget_rates() -> None:
    """Let `limits_of` read again in this process. Others do within `PLAN_SECONDS`."""
    _rates.clear()


def cap_of(terms: Terms, name: str) -> int | None:
    """Return how many of `name` an account may have, by its plan and the installation's cap. None is no limit."""
    of_plan, of_installation = terms.number(LIMITS[name]), settings.CAPS.get(_CAPS.get(name, name)) or None
    return min((number for number in (of_plan, of_installation) if number is not None), default=None)


def check_cap(account: Account, name: str, present: int, *, adding: int = 1) -> None:
    """Raise `Invalid` if `adding` more to those present would exceed the account's plan or the installation's cap.

    Lock the account (`orgs.services.locks`) before counting, so that two requests at once cannot exceed the limit.
    A cap of something that plans do not limit may be counted under a lock of the workspace.
    """
    if name in LIMITS:
        _check_plan(account, name, present + adding)
    cap = _CAPS.get(name, name)
    caps.check_cap(cap, settings.CAPS[cap], present, adding=adding)


def require_feature(account: Account, feature: str) -> None:
    """Raise `FeatureOff` if the account's plan does not have the feature."""
    terms = terms_of(account)
    if not terms.allows(feature):
        raise FeatureOff(feature)


class FeatureOff(Forbidden):
    """The account's plan does not have a feature. The API answers 403."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"The plan of this account does not include {FEATURE_WORDS[feature]}. {WHO_CAN_RAISE}")
        self.feature = feature


WHO_CAN_RAISE = "An operator of this installation can change that."
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
    "ip_allowlist": "the IP allowlist",
    "object_access_lists": "access lists of objects",
    "service_accounts": "service accounts",
    "sso": "single sign-on",
    "teams": "teams",
    "workspace_access": "roles in single workspaces",
}


def _check_plan(account: Account, name: str, wanted: int) -> None:
    limit = limit_of(account, name)
    if limit is not None and wanted > limit:
        one, many = LIMIT_WORDS[name]
        words = f"no {many}" if limit == 0 else f"at most {limit:,} {one if limit == 1 else many}"
        raise Invalid(f"The plan of this account allows {words}. {WHO_CAN_RAISE}", code="plan_limit")


def _plan_of(own: AccountPlan | None) -> Plan | None:
    return own.plan if own else None


def _default_plan() -> Plan:
    """Return the default plan. If there is none, a plan without limits."""
    return Plan.objects.filter(is_default=True).first() or Plan(name="Default")


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
