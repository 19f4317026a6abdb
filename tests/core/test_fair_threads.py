"""One key's jobs never wait for all of another's."""

import asyncio
import threading
import time

import pytest

from core.fair_threads import FairThreads

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_keys_take_turns() -> None:
    order: list[str] = []

    async def work() -> None:
        threads, gate = FairThreads(1, "test"), threading.Event()
        jobs: list[asyncio.Task[object]] = [asyncio.create_task(threads.run("noisy", gate.wait, 10))]
        jobs += [asyncio.create_task(threads.run("noisy", order.append, "noisy")) for _ in range(5)]
        jobs += [asyncio.create_task(threads.run("quiet", order.append, "quiet"))]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*jobs)

    asyncio.run(work())
    assert order.index("quiet") <= 1


def test_one_key_uses_one_thread() -> None:
    async def work() -> bool:
        threads, gate = FairThreads(2, "test"), threading.Event()
        stuck = [asyncio.create_task(threads.run("noisy", gate.wait, 10)) for _ in range(5)]
        await asyncio.sleep(0)
        done = await asyncio.wait_for(threads.run("quiet", lambda: True), 5)
        gate.set()
        await asyncio.gather(*stuck)
        return done

    assert asyncio.run(work())


def test_key_rests_after_a_long_job() -> None:
    async def work() -> float:
        threads = FairThreads(1, "test", rest=1.0)
        await threads.run("key", time.sleep, 0.1)
        started = time.monotonic()
        await threads.run("other", lambda: None)
        assert time.monotonic() - started < 0.09
        await threads.run("key", lambda: None)
        return time.monotonic() - started

    assert asyncio.run(work()) >= 0.09


def test_errors_reach_whoever_asked_and_cancelled_jobs_are_skipped() -> None:
    ran: list[int] = []

    async def work() -> None:
        threads, gate = FairThreads(1, "test"), threading.Event()
        first = asyncio.create_task(threads.run("key", gate.wait, 10))
        second = asyncio.create_task(threads.run("key", ran.append, 2))
        third = asyncio.create_task(threads.run("key", ran.append, 3))
        await asyncio.sleep(0)
        second.cancel()
        gate.set()
        await first
        await third
        with pytest.raises(ZeroDivisionError):
            await threads.run("key", lambda: 1 // 0)

    asyncio.run(work())
    assert ran == [3]


def test_panic_of_an_extension_module_leaves_the_key_alive() -> None:
    """What Rust code raises in a panic is no `Exception`."""

    class Panic(BaseException):
        pass

    def panic() -> None:
        raise Panic

    async def work() -> None:
        threads = FairThreads(1, "test")
        with pytest.raises(Panic):
            await asyncio.wait_for(threads.run("key", panic), 2)
        assert await asyncio.wait_for(threads.run("key", lambda: 1), 2) == 1

    asyncio.run(work())
