"""The account API of events: audit entries, and the events of workspaces that the caller may see.

See docs/contract/events.md, "Of an account".
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast, get_args
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import Invalid, NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer
from orgs.rest import AccountView
from rbac import permissions
from workspaces.account_events import schemas
from workspaces.account_events.counts import count_by, count_by_time
from workspaces.account_events.filters import AccountEventFilter
from workspaces.account_events.page_tokens import PageToken, read_token
from workspaces.account_events.reading import Page, Position, Reader
from workspaces.account_events.visibility import visible_workspaces
from workspaces.events.filter_limits import FilterTooLarge, FilterTooSlow
from workspaces.events.matching import EventMatcher

Result = TypeVar("Result")


class EventsView(AccountView):
    """The base of the endpoints below."""

    required_permissions = {"POST": permissions.READ_AUDIT_EVENT}
    pays_for_waiting = True

    def reader(self, event_filter: AccountEventFilter) -> Reader:
        """Return the reader for a filter. Raises `Invalid` if the filter exceeds a limit."""
        event_filter.check()
        try:
            matcher = EventMatcher(event_filter)
        except FilterTooLarge as error:
            raise Invalid(str(error)) from None
        return Reader(self.account.id, visible_workspaces(self.user, self.account), event_filter, matcher)

    def answer(self, page: Page, event_filter: AccountEventFilter, limit: int, total: int, offset: int) -> HttpResponse:
        """Return the page. `offset` matches were skipped before it, unless there were fewer."""
        address = None
        if page.next is not None and limit:
            skip = max(offset - page.total, 0)
            token = PageToken(self.account.id, event_filter, limit, total, page.next, skip).sign()
            root = f"{settings.PUBLIC_URL}/api/accounts/{self.account.id}/events/filter/next"
            address = f"{root}?page-token={quote(token)}"
        return Answer({"events": page.events, "total": total, "next_page": address})


class FilterView(EventsView):
    @describe("read_account_events", body=schemas.EventsBody, answers={200: schemas.EventPage})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return events, the newest first. Reads up to 5,000 rows; the next page continues from there."""
        body = self.body(schemas.EventsBody, optional=True)
        event_filter = body.filter or AccountEventFilter()
        limit = body.limit if event_filter.limit is None else event_filter.limit
        offset = event_filter.offset or 0
        page = _in_time(lambda: self.reader(event_filter).page(limit, offset=offset))
        return self.answer(page, event_filter, limit, page.total, offset)


class NextView(EventsView):
    required_permissions = {"GET": permissions.READ_AUDIT_EVENT}

    @describe("read_account_events_page", query=schemas.NextPage, answers={200: schemas.EventPage})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the next page of events. Use the address in `next_page`."""
        token = read_token(getattr(self.query(schemas.NextPage), schemas.PAGE_TOKEN))
        if token.account_id != self.account.id:
            raise Invalid("The page token is not valid.")
        reader = self.reader(token.event_filter)
        page = _in_time(lambda: reader.page(token.limit, offset=token.offset, position=token.position, counting=False))
        return self.answer(page, token.event_filter, token.limit, token.total, token.offset)


class CountView(EventsView):
    @describe("count_account_events", body=schemas.CountBody, answers={200: list[schemas.EventCount]})
    def post(self, request: Request, countable: str, **kwargs: Any) -> HttpResponse:
        """Count events. Reads up to 5,000 rows."""
        if countable not in get_args(schemas.Countable):
            raise NotFound
        body = self.body(schemas.CountBody, optional=True)
        event_filter = body.filter or AccountEventFilter()
        rows = self.reader(event_filter).rows(Position())
        events = (event.data for _, event in rows if event is not None)
        if countable == "time":
            return Answer(_in_time(lambda: count_by_time(events, event_filter, body.time_unit, body.time_interval)))
        return Answer(_in_time(lambda: count_by(cast(schemas.Countable, countable), events)))


def _in_time(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except FilterTooSlow:
        raise Invalid("The filter takes too long. Ask for less.") from None
