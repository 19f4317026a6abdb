"""The current request, so that audit entries can record where they came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

from core.masking import mask_secrets

_LONGEST_USER_AGENT = 256


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The id of a request, its IP address and its user agent, which may be empty, and the flow run that sends it."""

    request_id: UUID | None = None
    address: str = ""
    user_agent: str = ""
    flow_run_id: UUID | None = None  # of a request with the key of a run


NO_REQUEST = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("audited request", default=NO_REQUEST)


def current_request() -> RequestContext:
    """Return the current request, or `NO_REQUEST` in tasks and commands."""
    return _current.get()


def sent_by_run(flow_run_id: UUID) -> None:
    """Record in the audit entries of the current request that a flow run sent it, with its own key."""
    if (current := _current.get()) is not NO_REQUEST:
        _current.set(replace(current, flow_run_id=flow_run_id))


@contextmanager
def handling_request(request_id: UUID, *, address: str, user_agent: str) -> Iterator[None]:
    """Record this request in all audit entries that are written in the block. Keys in the user agent are masked."""
    program = mask_secrets(user_agent[:_LONGEST_USER_AGENT])[:_LONGEST_USER_AGENT]
    printable = "".join(character if character.isprintable() else "?" for character in program)
    token = _current.set(RequestContext(request_id, address, printable))
    try:
        yield
    finally:
        _current.reset(token)
