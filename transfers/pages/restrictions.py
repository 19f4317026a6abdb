"""Whether the restrictions of an account keep the caller of a page out now."""

from typing import Any

from orgs.account_restrictions import closed_reason
from transfers.services.reading import IsClosed


def restrictions_of(request: Any) -> IsClosed:
    """Return a function that says whether an account is closed to a request of a signed-in person."""
    return lambda account: bool(closed_reason(request, account))
