"""Bytes that wait are bounded, and those who wait for room are served in turn."""

import asyncio
from contextlib import ExitStack

import pytest

from core.byte_budget import ByteBudget, NoRoom

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_key_and_total_are_bounded() -> None:
    budget = ByteBudget(10, 15)
    assert budget.take("a", 6)
    assert not budget.take("a", 6)
    assert budget.take("b", 6)
    assert not budget.take("b", 4)
    budget.release("a", 6)
    assert budget.take("b", 4)
    assert (budget.held, budget.held_by("a"), budget.held_by("b")) == (10, 0, 10)


def test_key_that_holds_nothing_may_take_once() -> None:
    budget = ByteBudget(10, 10)
    assert budget.take("a", 10)
    assert budget.take("b", 99)
    assert not budget.take("b", 1)


def test_held_bytes_are_bounded_and_everybody_keeps_a_share_of_the_total() -> None:
    budget = ByteBudget(10, 12)
    with ExitStack() as held:
        for key, size in (("a", 6), ("a", 4), ("b", 2), ("b", 4)):
            held.enter_context(budget.hold(key, size))
        for key in "ab":
            with pytest.raises(NoRoom), budget.hold(key, 1):
                pass
        assert (budget.held_by("a"), budget.held_by("b")) == (10, 6)
    assert budget.held == 0


def test_waiters_are_served_in_turn_and_in_order() -> None:
    served: list[str] = []

    async def wait(budget: ByteBudget, key: str, name: str) -> None:
        await budget.wait(key, 5)
        served.append(name)

    async def work() -> None:
        budget = ByteBudget(10, 10)
        budget.take("c", 5)
        budget.take("c", 5)
        tasks = [asyncio.create_task(wait(budget, "c", f"c{number}")) for number in range(3)]
        await asyncio.sleep(0)
        budget.take("d", 5)
        tasks.append(asyncio.create_task(wait(budget, "d", "d0")))
        await asyncio.sleep(0)
        for key in ("c", "c", "d"):
            budget.release(key, 5)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert served[:2] in (["c0", "d0"], ["d0", "c0"])
        for task in tasks:
            task.cancel()

    asyncio.run(work())


def test_waiter_that_leaves_gives_its_place_back() -> None:
    async def work() -> ByteBudget:
        budget = ByteBudget(10)
        budget.take("a", 10)
        leaving = asyncio.create_task(budget.wait("a", 10))
        staying = asyncio.create_task(budget.wait("a", 7))
        await asyncio.sleep(0)
        budget.release("a", 10)  # granted to the first, which is cancelled before it runs again
        leaving.cancel()
        await asyncio.wait_for(staying, 5)
        return budget

    assert asyncio.run(work()).held == 7
