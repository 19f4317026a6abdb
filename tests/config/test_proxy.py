"""The shipped nginx.conf before the shipped web command: what a caller writes about itself is not believed."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.config.test_compose import running
from tests.site import ROOT, Site


def test_guesses_lock_out_their_own_address_whatever_it_claims(site: Site, tmp_path: Path) -> None:
    with running("web", site, BAILIWICK_BEHIND_PROXY="true") as web, proxy(tmp_path, web) as port:
        guesses = {_guess(port, "127.0.0.2", f"203.0.113.{number}") for number in range(40)}
        assert guesses == {422, 429}
        assert _guess(port, "127.0.0.2", "198.51.100.1") == 429
        assert _guess(port, "127.0.0.3", "127.0.0.2") == 422


@contextmanager
def proxy(folder: Path, web: int) -> Iterator[int]:
    """nginx with our file, on a free port."""
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not on this machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = re.sub(r"server \w+:8000;", f"server 127.0.0.1:{web};", (ROOT / "deploy/nginx.conf").read_text())
    ours = ours.replace("listen 80;", f"listen 127.0.0.1:{port};")
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} {ours} }}"
    )
    process = subprocess.Popen([nginx, "-c", str(config), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _guess(port: int, caller: str, claimed: str) -> int:
    """Sign in with a wrong password from the address `caller`, which says that it forwards for `claimed`."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        transport=httpx.HTTPTransport(local_address=caller),
        headers={"X-Forwarded-For": claimed, "X-Real-IP": claimed, "Forwarded": f"for={claimed}"},
    ) as client:
        client.get("/auth/sign-in")
        form = {"login": f"{claimed}@example.com", "password": "guess", "csrfmiddlewaretoken": _token(client)}
        return client.post("/auth/sign-in", data=form, headers={"Origin": f"http://127.0.0.1:{port}"}).status_code


def _token(client: httpx.Client) -> str:
    return next(value for name, value in client.cookies.items() if "csrf" in name)
