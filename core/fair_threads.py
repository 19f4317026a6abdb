"""Threads that tenants share without waiting for each other's backlog."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import close_old_connections

Args = ParamSpec("Args")
Result = TypeVar("Result")
Job = tuple["asyncio.Future[Any]", Callable[[], Any]]


class FairThreads:
    """Run blocking work for an event loop: one job per key at a time, and keys in turn.

    After each job its key pauses for `rest` times the job's duration, so that one key cannot keep a thread busy all the
    time. Jobs may use the database: connections are checked before each.
    """

    def __init__(self, threads: int, name: str, *, rest: float = 0.0) -> None:
        self._executor = ThreadPoolExecutor(threads, name)
        self._free, self._rest = threads, rest
        self._jobs: dict[Hashable, deque[Job]] = {}  # of keys that wait, run or pause
        self._turns: deque[Hashable] = deque()  # keys whose next job may start

    async def run(
        self, key: Hashable, work: Callable[Args, Result], /, *args: Args.args, **kwargs: Args.kwargs
    ) -> Result:
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if key not in self._jobs:
            self._jobs[key] = deque()
            self._turns.append(key)
        self._jobs[key].append((done, partial(work, *args, **kwargs)))
        self._start()
        return await done

    def _start(self) -> None:
        while self._free and self._turns:
            key = self._turns.popleft()
            jobs = self._jobs[key]
            while jobs and jobs[0][0].done():  # the caller was cancelled
                jobs.popleft()
            if not jobs:
                del self._jobs[key]
                continue
            self._free -= 1
            done, work = jobs.popleft()
            running = done.get_loop().run_in_executor(self._executor, _timed, work)
            running.add_done_callback(partial(self._finish, key, done))

    def _finish(self, key: Hashable, done: "asyncio.Future[Any]", running: "asyncio.Future[_Outcome]") -> None:
        self._free += 1
        result, error, seconds = running.result()
        if not done.done():
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)
        if self._rest:
            done.get_loop().call_later(seconds * self._rest, self._take_turn, key)
            self._start()
        else:
            self._take_turn(key)

    def _take_turn(self, key: Hashable) -> None:
        self._turns.append(key)
        self._start()


_Outcome = tuple[Any, BaseException | None, float]


def _timed(work: Callable[[], Any]) -> _Outcome:
    started = time.monotonic()
    try:
        close_old_connections()
        return work(), None, time.monotonic() - started
    except BaseException as error:  # raised in the caller
        return None, error, time.monotonic() - started
