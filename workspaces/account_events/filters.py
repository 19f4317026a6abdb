"""The filter of an account's events, and the part of it that the database applies.

`workspaces.events.matching` applies the rest (docs/contract/events.md, "Filter").
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from django.db.models import Q
from pydantic import Field, model_validator

from core.db.ids import first_id
from core.errors import Invalid
from core.rest.filters import Part
from workspaces.account_events.audit_events import PREFIX
from workspaces.events.filters import EventFilter, EventName, Occurred
from workspaces.shapes import Values

LONGEST_PERIOD = timedelta(days=14)
_TOLERANCE = timedelta(days=1)  # a client may round `since` down to the beginning of a day
_ID_DELAY = timedelta(minutes=1)  # more than there is between the time of an entry and that of its id
NAMED_LIKE_AUDIT = Q(event__startswith=PREFIX)
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class AccountEventPeriod(Occurred):
    """A period. Without `since` it has the longest possible length."""

    @model_validator(mode="after")
    def _begin(self) -> Self:
        if "since" not in self.model_fields_set:
            self.since = max(self.until, _FIRST + LONGEST_PERIOD) - LONGEST_PERIOD
        return self


class EventScope(Part):
    account: UUID | None = None
    workspace: Values[UUID] | None = None


class AccountEventFilter(EventFilter):
    occurred: AccountEventPeriod = Field(default_factory=AccountEventPeriod)
    scope: EventScope = Field(default_factory=EventScope)
    limit: Annotated[int, Field(ge=0, le=200)] | None = None
    offset: Annotated[int, Field(ge=0, le=5_000)] | None = None

    def check(self) -> None:
        """Raise `Invalid` if the filter asks for something that stored events are not searched for."""
        if self.occurred.until - self.occurred.since > LONGEST_PERIOD + _TOLERANCE:
            raise Invalid(
                f"A query may span at most {LONGEST_PERIOD.days} days. Set occurred.since and occurred.until."
            )
        if self.resource and self.resource.distinct:
            raise Invalid("Events of an account cannot be filtered by distinct resources.")

    def is_about(self, account_id: UUID) -> bool:
        return self.scope.account in (None, account_id)

    @property
    def includes_workspace_events(self) -> bool:
        """Return whether events of workspaces can match: their names do not begin like those of audit entries."""
        names = self.event
        if names and names.name:
            return not all(name.startswith(PREFIX) for name in names.name)
        return not (names and names.prefix and all(start.startswith(PREFIX) for start in names.prefix))

    def includes(self, workspace_id: UUID) -> bool:
        return self.scope.workspace is None or workspace_id in self.scope.workspace

    def entry_conditions(self) -> Q:
        """Return the conditions for audit entries that the database applies."""
        since, until = self.occurred.since, self.occurred.until
        conditions = Q(occurred__gte=since, occurred__lte=until)
        conditions &= Q(id__gte=first_id(_near(since, -_ID_DELAY)), id__lt=first_id(_near(until, _ID_DELAY)))
        if self.scope.workspace is not None:
            conditions &= Q(workspace_id__in=self.scope.workspace)
        if self.id and self.id.id:
            conditions &= Q(id__in=self.id.id)
        return conditions & _name_conditions("action", self.event, PREFIX)

    def event_conditions(self) -> Q:
        """Return the conditions for events of a workspace that the database applies.

        Leaves out events that look like audit entries, because clients choose the names of their events.
        """
        conditions = ~NAMED_LIKE_AUDIT & Q(occurred__gte=self.occurred.since, occurred__lte=self.occurred.until)
        if self.id and self.id.id:
            conditions &= Q(id__in=self.id.id)
        return conditions & _name_conditions("event", self.event, "")


def _name_conditions(column: str, names: EventName | None, prefix: str) -> Q:
    """Return the condition on a column that lacks `prefix` of the event's name. Excluded names are left to Python."""
    conditions = Q()
    if names and names.name:
        own = [name.removeprefix(prefix) for name in names.name if name.startswith(prefix)]
        conditions &= Q(**{f"{column}__in": own})
    if names and names.prefix:
        wanted = Q(pk__in=[])
        for start in names.prefix:
            if prefix.startswith(start):
                return conditions
            if start.startswith(prefix):
                wanted |= Q(**{f"{column}__startswith": start.removeprefix(prefix)})
        conditions &= wanted
    return conditions


def _near(moment: datetime, delay: timedelta) -> datetime:
    """Return a time a little earlier or later, in the years that ids can have."""
    return min(max(moment, _FIRST), _LAST) + delay
