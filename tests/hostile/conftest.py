"""What all attacks share."""

import pytest

from tests.limits import Minute, minute

__all__ = ["minute"]


@pytest.fixture(autouse=True)
def _no_rate_limits(minute: Minute) -> None:
    """Thousands of attacks in a minute are meant here, and counting them would open a connection to Redis."""
    minute.limit()
