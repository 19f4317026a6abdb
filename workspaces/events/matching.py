"""Event filters of subscriptions, compiled once for all events into sets, prefixes and globs."""

from typing import Any

from workspaces.events.filter_limits import PARTS, Deadline, FilterSize, FilterTooLarge
from workspaces.events.filters import AnyResource, EventFilter, EventName
from workspaces.events.globs import TextTest
from workspaces.events.messages import EventMessage
from workspaces.events.resource_matching import add_resource_size, resource_test
from workspaces.filters.text_search import terms


class EventMatcher:
    """A function that returns whether an event matches a filter.

    Raises `FilterTooLarge` if the filter exceeds a limit. A call raises `FilterTooSlow` after `deadline`.
    """

    def __init__(self, event_filter: EventFilter) -> None:
        _check_size(event_filter)
        self.deadline = deadline = Deadline()
        self._since, self._until = event_filter.occurred.since, event_filter.occurred.until
        self._name = _name_test(event_filter.event) if event_filter.event else None
        self._ids = frozenset(event_filter.id.id) if event_filter.id and event_filter.id.id else None
        self._resource = resource_test(event_filter.resource, deadline) if event_filter.resource else None
        self._related = [resource_test(part, deadline) for part in _as_list(event_filter.related)]
        self._any_resource = [resource_test(part, deadline) for part in _as_list(event_filter.any_resource)]
        self._has_resource_tests = bool(self._resource or self._related or self._any_resource)
        self._text = TextSearch(event_filter.text.query) if event_filter.text else None

    def __call__(self, event: EventMessage) -> bool:
        data = event.data
        if self._name and not self._name(data["event"]):
            return False
        if self._ids is not None and event.id not in self._ids:
            return False
        if not self._since <= event.occurred <= self._until:
            return False
        if self._has_resource_tests and not self._matches_resources(data):
            return False
        return self._text is None or self._text(event.text)

    def _matches_resources(self, data: dict[str, Any]) -> bool:
        resource, related = data["resource"], data["related"]
        if self._resource and not self._resource(resource):
            return False
        if not all(any(map(test, related)) for test in self._related):
            return False
        return all(test(resource) or any(map(test, related)) for test in self._any_resource)


class TextSearch:
    """A function that returns whether a text, given in lower case, matches a search (see `text_search.terms`)."""

    def __init__(self, query: str) -> None:
        self._required, self._excluded, self._optional = terms(query)
        self.is_empty = not (self._required or self._excluded or self._optional)

    def __call__(self, text: str) -> bool:
        return (
            all(term in text for term in self._required)
            and not any(term in text for term in self._excluded)
            and (not self._optional or any(term in text for term in self._optional))
        )


def _check_size(event_filter: EventFilter) -> None:
    size = FilterSize()
    if name := event_filter.event:
        size.add_values(name.name)
        size.add_values(name.exclude_name)
        size.add_patterns(name.prefix)
        size.add_patterns(name.exclude_prefix)
    if event_filter.id:
        size.add_values(event_filter.id.id)
    parts = _resource_parts(event_filter)
    if len(parts) > PARTS:
        raise FilterTooLarge(f"A filter may speak of resources at most {PARTS} times")
    for part in parts:
        add_resource_size(size, part)


def _resource_parts(event_filter: EventFilter) -> list[AnyResource]:
    return [
        *_as_list(event_filter.resource),
        *_as_list(event_filter.related),
        *_as_list(event_filter.any_resource),
    ]


def _name_test(names: EventName) -> TextTest:
    prefixes, other_prefixes = tuple(names.prefix or ()), tuple(names.exclude_prefix or ())
    wanted, unwanted = frozenset(names.name or ()), frozenset(names.exclude_name or ())

    def matches(name: str) -> bool:
        return (
            (not prefixes or name.startswith(prefixes))
            and not name.startswith(other_prefixes)
            and (not wanted or name in wanted)
            and name not in unwanted
        )

    return matches


def _as_list(parts: Any) -> list[Any]:
    return [] if parts is None else parts if isinstance(parts, list) else [parts]
