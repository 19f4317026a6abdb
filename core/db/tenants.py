"""The tenants whose rows the current request may reach: the wall behind the filters of the code.

On PostgreSQL the database compares each row with them, so that a query without its filter finds nothing of other
tenants (docs/security.md, "Row-level security"). On SQLite this has no effect.

A request begins without tenants. `workspaces.scoping` and `orgs.queries` add those that it enters. Background tasks,
commands and the admin reach all tenants.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

# What may be reached: the ids of workspaces and accounts, separated by commas, or one of these two.
ALL = "*"
NONE = ""
# None while no request is handled.
_reached: ContextVar[str | None] = ContextVar("reached_tenants", default=None)


class _Process:
    """What code outside of requests may reach. Web processes set it to NONE."""

    outside_requests = ALL


process = _Process()


def reached() -> str:
    """Return the tenants that may be reached now, as the value of the setting `bailiwick.tenants`."""
    value = _reached.get()
    return process.outside_requests if value is None else value


def begin_request(**_: object) -> None:
    """Reach no tenant from now on. A receiver of Django's `request_started`."""
    _reached.set(NONE)


def end_request(**_: object) -> None:
    """Reach again what code outside of requests reaches. A receiver of Django's `request_finished`."""
    _reached.set(None)


def reach(*tenants: UUID) -> None:
    """Add tenants that the current request has entered. Outside of requests, do nothing."""
    value = _reached.get()
    if value is None or value == ALL:
        return
    known = value.split(",") if value else []
    _reached.set(",".join(dict.fromkeys([*known, *map(str, tenants)])))


@contextmanager
def reaching(*tenants: UUID) -> Iterator[None]:
    """Reach these tenants only, in the block: for work of one tenant in a thread that many tenants share."""
    token = _reached.set(",".join(map(str, tenants)))
    try:
        yield
    finally:
        _reached.reset(token)


@contextmanager
def reaching_all() -> Iterator[None]:
    """Reach all tenants in the block. Say at the call what its queries filter by instead."""
    token = _reached.set(ALL)
    try:
        yield
    finally:
        _reached.reset(token)
