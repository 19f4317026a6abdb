"""HTTP beside websockets in one process: slow requests of one account leave threads for others."""

import asyncio
import uuid
from typing import Any

import pytest

from config import asgi


def test_slow_requests_of_an_account_leave_threads_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[str] = []
    ended: list[str] = []
    go_on = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        running.append(scope["path"])
        await go_on.wait()
        ended.append(scope["path"])

    async def work() -> None:
        theirs, ours = (f"/api/accounts/{uuid.uuid4()}/workspaces/{uuid.uuid4()}/flow_runs/count" for _ in range(2))
        paths = [theirs] * 20 + [ours, "/api/health"]
        tasks = [asyncio.create_task(asgi.handle_http({"path": path}, receive, send)) for path in paths]
        for _ in range(10):
            await asyncio.sleep(0)
        assert running == [theirs] * asgi._ACCOUNT_THREADS + [ours, "/api/health"]
        go_on.set()
        await asyncio.gather(*tasks)
        assert sorted(ended) == sorted(paths)

    receive: Any = None
    send: Any = None
    monkeypatch.setattr(asgi, "_http", slow)
    asyncio.run(work())
    assert not asgi._account_threads
