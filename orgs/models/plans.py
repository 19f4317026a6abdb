"""Plans: what an account may have. An account has the default plan unless it is given another one.

In every number, null is no limit, or to keep rows for ever.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from core.db.ids import new_id
from core.errors import Invalid

# What an account may have at most, and the field that says how many.
LIMITS = {
    "workspaces": "max_workspaces",
    "members": "max_members",
    "collaborators": "max_collaborators",
    "service_accounts": "max_service_accounts",
    "automations": "max_automations",
    "work_pools": "max_work_pools",
}
RATES = {"requests": "requests_per_minute", "lines": "lines_per_minute"}
RETENTION = {
    "runs": "run_retention_days",
    "events": "event_retention_days",
    "logs": "log_retention_days",
    "artifacts": "artifact_retention_days",
    "audit": "audit_retention_days",
}
# The names of features in the API are our own, because Prefect Cloud documents none.
CUSTOM_ROLES = "custom_workspace_roles"
IP_ALLOWLIST = "ip_allowlist"
ACCESS_LISTS = "object_access_lists"
AUDIT_STREAMS = "audit_log_streams"
SERVICE_ACCOUNTS = "service_accounts"
SSO = "sso"
TEAMS = "teams"
WORKSPACE_ACCESS = "workspace_access"
FEATURES = {
    AUDIT_STREAMS: "allows_audit_log_streams",
    CUSTOM_ROLES: "allows_custom_workspace_roles",
    IP_ALLOWLIST: "allows_ip_allowlist",
    ACCESS_LISTS: "allows_object_access_lists",
    SERVICE_ACCOUNTS: "allows_service_accounts",
    SSO: "allows_sso",
    TEAMS: "allows_teams",
    WORKSPACE_ACCESS: "allows_workspace_access",
}
NUMBERS = (*LIMITS.values(), *RATES.values(), *RETENTION.values())
AT_LEAST_ONE = ("max_members", *RATES.values(), *RETENTION.values())

UNLIMITED = -1  # in an override: no limit, whatever the plan says
LARGEST = 1_000_000_000
MOST_DAYS = 36_500


def smallest(field: str) -> int:
    """Return the smallest number that makes sense in a field of NUMBERS."""
    return 1 if field in AT_LEAST_ONE else 0


def largest(field: str) -> int:
    """Return the largest number that a field of NUMBERS takes."""
    return MOST_DAYS if field in RETENTION.values() else LARGEST


def _number(label: str, help_text: str = "Empty is no limit.") -> "models.IntegerField[Any, Any]":
    return models.IntegerField(label, null=True, blank=True, help_text=help_text)


def _days(label: str, help_text: str = "Empty is for ever.") -> "models.IntegerField[Any, Any]":
    return _number(label, help_text)


def _in_range(*, unlimited: bool) -> Q:
    """Return the condition that each number is null, in its range, or UNLIMITED if that is allowed."""
    condition = Q()
    for field in NUMBERS:
        in_range = Q(**{f"{field}__isnull": True}) | Q(
            **{f"{field}__gte": smallest(field), f"{field}__lte": largest(field)}
        )
        condition &= in_range | Q(**{field: UNLIMITED}) if unlimited else in_range
    return condition


class Plan(models.Model):
    """Limits and features that many accounts share. One plan is the default."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True, help_text="Shown to the admins of its accounts.")
    is_default = models.BooleanField(
        "default plan", default=False, help_text="Of all accounts that were not given a plan."
    )
    max_workspaces = _number("workspaces")
    max_members = _number("members", "People of an organization, with its owners.")
    max_collaborators = _number("collaborators", "People whom a personal account shares workspaces with.")
    max_service_accounts = _number("service accounts")
    max_automations = _number("automations", "Not enforced yet: there are no automations.")
    max_work_pools = _number("work pools", "In all workspaces of the account together.")
    requests_per_minute = _number("API requests a minute")
    lines_per_minute = _number("log lines and events a minute")
    run_retention_days = _days("days to keep runs", "From the end of the run. Empty is for ever.")
    event_retention_days = _days("days to keep events")
    log_retention_days = _days("days to keep logs")
    artifact_retention_days = _days("days to keep artifacts")
    audit_retention_days = _days("days to keep audit entries")
    allows_audit_log_streams = models.BooleanField("audit log streams", default=True)
    allows_custom_workspace_roles = models.BooleanField("custom roles", default=True)
    allows_ip_allowlist = models.BooleanField("IP allowlist", default=True)
    allows_object_access_lists = models.BooleanField("access lists of objects", default=True)
    allows_service_accounts = models.BooleanField("service accounts", default=True)
    allows_sso = models.BooleanField("single sign-on", default=True, help_text="Not enforced yet: there is none.")
    allows_teams = models.BooleanField("teams", default=True)
    allows_workspace_access = models.BooleanField("roles in single workspaces", default=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="plan_one_default"),
            models.CheckConstraint(name="plan_numbers_in_range", condition=_in_range(unlimited=False)),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise `Invalid` for numbers that are out of their range."""
        _check_numbers(self)


def _override(label: str) -> "models.IntegerField[Any, Any]":
    return _number(label, "")


def _feature(label: str) -> "models.BooleanField[Any, Any]":
    return models.BooleanField(label, null=True, blank=True)


class AccountPlan(models.Model):
    """The plan of an account, and what differs from it. An account without a row has the default plan.

    In the fields that differ, null is what the plan says, and UNLIMITED is no limit.
    """

    tenant_column: ClassVar[str] = "account_id"

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="account_plan")
    plan = models.ForeignKey(
        Plan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="accounts",
        help_text="If empty, the default plan.",
    )
    max_workspaces = _override("workspaces")
    max_members = _override("members")
    max_collaborators = _override("collaborators")
    max_service_accounts = _override("service accounts")
    max_automations = _override("automations")
    max_work_pools = _override("work pools")
    requests_per_minute = _override("API requests a minute")
    lines_per_minute = _override("log lines and events a minute")
    run_retention_days = _override("days to keep runs")
    event_retention_days = _override("days to keep events")
    log_retention_days = _override("days to keep logs")
    artifact_retention_days = _override("days to keep artifacts")
    audit_retention_days = _override("days to keep audit entries")
    allows_audit_log_streams = _feature("audit log streams")
    allows_custom_workspace_roles = _feature("custom roles")
    allows_ip_allowlist = _feature("IP allowlist")
    allows_object_access_lists = _feature("access lists of objects")
    allows_service_accounts = _feature("service accounts")
    allows_sso = _feature("single sign-on")
    allows_teams = _feature("teams")
    allows_workspace_access = _feature("roles in single workspaces")
    note = models.CharField(max_length=500, blank=True, help_text="For operators, such as why the numbers differ.")
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="account_plan_numbers_in_range", condition=_in_range(unlimited=True))
        ]

    def __str__(self) -> str:
        return "plan of the account"

    def clean(self) -> None:
        """Raise `Invalid` for numbers that are out of their range and not UNLIMITED."""
        _check_numbers(self, also=UNLIMITED)


def _check_numbers(row: Plan | AccountPlan, *, also: int | None = None) -> None:
    problems = []
    for field in NUMBERS:
        number: int | None = getattr(row, field)
        if number is not None and number != also and not smallest(field) <= number <= largest(field):
            label = str(row._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # a column
            words = f"a number from {smallest(field)} to {largest(field):,}" + (f", {also}" if also is not None else "")
            problems.append(f"{label[0].upper()}{label[1:]}: enter {words} or nothing.")
    if problems:
        raise Invalid(problems)
