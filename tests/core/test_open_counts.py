"""Caps on what is open at once."""

import pytest

from core.open_counts import Cap, OpenCounts, TooManyOpen

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_one_too_many_is_refused_and_leaves_nothing_behind() -> None:
    counts = OpenCounts()
    caps = [Cap("all", 10, "things"), Cap("mine", 2, "things of mine")]
    with counts.hold(caps), counts.hold(caps):
        with pytest.raises(TooManyOpen, match="Too many things of mine: at most 2 at once"), counts.hold(caps):
            pass
        assert (counts["all"], counts["mine"]) == (2, 2)
    assert (counts["all"], counts["mine"]) == (0, 0)


def test_failure_inside_is_counted_back() -> None:
    counts = OpenCounts()
    with pytest.raises(RuntimeError), counts.hold([Cap("all", 1, "things")]):
        raise RuntimeError
    assert counts["all"] == 0


def test_zero_is_no_cap() -> None:
    counts = OpenCounts()
    with counts.hold([Cap("all", 0, "things")]), counts.hold([Cap("all", 0, "things")]):
        assert counts["all"] == 2
