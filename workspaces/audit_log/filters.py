"""The filters of the audit log, as the page and its exports read them from the query string."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from auditlog.models import FAILURE, SUCCESS, Entry
from core.db.ids import parse_uuid
from core.pages.query_strings import search_text
from workspaces.audit_log.exports import Period

# How many of the latest entries a text search reads, because no index supports it.
SEARCHED = 100_000
GROUPS = (
    "account", "account-domains", "account-invitation", "account-membership", "account-plan", "account-settings",
    "api-key", "audit-log", "concurrency-limit", "deployment", "deployment-access", "deployment-schedule",
    "deployment-version", "flow", "flow-run", "flow-run-input", "ip-allowlist", "legal-hold", "request", "retention",
    "saved-search",
    "service-account", "task-run", "team", "team-membership", "user", "variable", "work-pool", "work-pool-access",
    "work-queue", "worker", "workspace", "workspace-access", "workspace-invitation", "workspace-role",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """The filters. Empty ones do not apply. `since` and `until` are dates in the reader's time zone, both inclusive."""

    since: date | None = None
    until: date | None = None
    group: str = ""
    actor: UUID | None = None
    workspace: UUID | None = None
    target: str = ""
    address: str = ""
    result: str = ""
    text: str = ""

    @property
    def period(self) -> Period:
        begin = _midnight(self.since) if self.since else None
        return Period(begin, _midnight(self.until + timedelta(days=1)) if self.until else None)

    @property
    def active(self) -> bool:
        return self != EntryFilter()

    @property
    def searches(self) -> bool:
        """Return whether the filter has conditions without an index, which read entries one by one."""
        return bool(self.text or self.address or self.target or self.result or self.group)

    def query_string(self) -> str:
        """Return the query string that `read_filter` reads."""
        values = {"q" if name == "text" else name: value for name, value in asdict(self).items() if value}
        return urlencode(values)

    def apply(self, rows: QuerySet[Entry]) -> QuerySet[Entry]:
        """Return the entries that match, if they are among the latest SEARCHED ones of the period and actor."""
        rows = self.period.apply(rows)
        if self.actor:
            rows = rows.filter(actor_id=self.actor)
        if self.workspace:
            rows = rows.filter(workspace_id=self.workspace)
        if not self.searches:
            return rows
        oldest = rows.order_by("-id").values_list("id", flat=True)[SEARCHED : SEARCHED + 1].first()
        if oldest is not None:
            rows = rows.filter(id__gt=oldest)
        return rows.filter(self._conditions())

    def _conditions(self) -> Q:
        conditions = Q()
        if self.group:
            conditions &= Q(action__startswith=f"{self.group}.")
        if self.target:
            conditions &= Q(object_id=self.target)
        if self.address:
            conditions &= Q(address=self.address)
        if self.result:
            conditions &= Q(result=self.result)
        for word in self.text.split()[:5]:
            conditions &= (
                Q(actor_name__icontains=word)
                | Q(object_name__icontains=word)
                | Q(action__icontains=word)
                | Q(object_id=word)
            )
        return conditions


def read_filter(params: QueryDict) -> EntryFilter:
    """Return the filters of a query string. Invalid values count as empty."""
    group, result = search_text(params, "group"), search_text(params, "result")
    return EntryFilter(
        since=_day(search_text(params, "since")),
        until=_day(search_text(params, "until")),
        group=group if group in GROUPS else "",
        actor=parse_uuid(search_text(params, "actor")),
        workspace=parse_uuid(search_text(params, "workspace")),
        target=search_text(params, "target"),
        address=search_text(params, "address"),
        result=result if result in (SUCCESS, FAILURE) else "",
        text=search_text(params),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 9999 else None


def _midnight(day: date) -> datetime:
    """Return the start of a day in the current time zone, which is the reader's."""
    return datetime.combine(day, time(), timezone.get_current_timezone())
