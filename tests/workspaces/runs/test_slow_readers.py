"""Clients that ask for much and read nothing hold up nobody."""

import asyncio
import contextlib
import secrets
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from config import http_protocol
from config.http_protocol import BoundedHttp
from tests.site import Site


def download(workspace: dict[str, Any], run_id: str) -> socket.socket:
    """Ask for the log and read nothing of it."""
    address = urlsplit(workspace["api_url"])
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    reader.connect((address.hostname, address.port))
    reader.sendall(
        f"GET {address.path}/flow_runs/{run_id}/logs/download HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {workspace['api_key']}\r\n\r\n".encode()
    )
    return reader


def test_downloads_that_are_not_read_leave_threads_for_others(site: Site) -> None:
    theirs = site.bootstrap(f"reader-{secrets.token_hex(4)}", "lab")
    ours = site.bootstrap(f"quiet-{secrets.token_hex(4)}", "lab")
    line = {"name": "n", "level": 20, "message": "m" * 500, "timestamp": "2026-01-01T00:00:00Z"}
    with httpx.Client(headers={"Authorization": f"Bearer {theirs['api_key']}"}, base_url=theirs["api_url"]) as api:
        flow = api.post("/flows/", json={"name": "f"}).json()
        run = api.post("/flow_runs/", json={"flow_id": flow["id"]}).json()
        for _ in range(6):
            while (written := api.post("/logs/", json=[{**line, "flow_run_id": run["id"]}] * 6_000)).status_code == 429:
                time.sleep(int(written.headers["Retry-After"]))  # the lines cost much on a slow machine
            assert written.status_code == 201
        key = {"Authorization": f"Bearer {ours['api_key']}"}
        deadline = time.monotonic() + 60
        while True:
            with contextlib.ExitStack() as stack:
                for _ in range(20):
                    stack.enter_context(contextlib.closing(download(theirs, run["id"])))
                for _ in range(3):
                    answer = httpx.post(f"{ours['api_url']}/flow_runs/count", json={}, headers=key, timeout=5)
                    assert answer.status_code == 200
                refused = api.get(f"/flow_runs/{run['id']}/logs/download")
            # Writing the lines cost much, too. Until that is paid, the site cuts off downloads that nobody reads.
            if "expensive requests" not in refused.text or time.monotonic() > deadline:
                break
            time.sleep(int(refused.headers["Retry-After"]))
        assert (refused.status_code, refused.headers.get("Retry-After")) == (429, "5")
        assert httpx.post(f"{ours['api_url']}/flow_runs/count", json={}, headers=key, timeout=5).status_code == 200


def test_client_that_takes_too_little_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "STALLED_SECONDS", 0.05)

    class Transport:
        waiting, aborted = 2_000_000, False

        def get_write_buffer_size(self) -> int:
            return self.waiting

        def abort(self) -> None:
            self.aborted = True

    async def watch(takes: int) -> bool:
        protocol, transport = BoundedHttp.__new__(BoundedHttp), Transport()
        protocol.loop, protocol.transport = asyncio.get_running_loop(), transport  # type: ignore[assignment]
        protocol._stall_timer = None
        protocol._watch_stall()
        transport.waiting -= takes
        await asyncio.sleep(0.08)
        protocol._stop_watching()
        return transport.aborted

    assert not asyncio.run(watch(600_000))
    assert asyncio.run(watch(10_000))
