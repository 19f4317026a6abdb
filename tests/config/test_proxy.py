"""The shipped nginx.conf before the shipped web command: what a caller writes about itself is not believed."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests.config.test_compose import running
from tests.site import ROOT, Site

NGINX = shutil.which("nginx")
pytestmark = [
    pytest.mark.one_database(reason="about settings and files, not about rows"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not on this machine"),
]


def test_guesses_lock_out_their_own_address_whatever_it_claims(site: Site, tmp_path: Path) -> None:
    with running("web", site, BAILIWICK_BEHIND_PROXY="true") as web, proxy(tmp_path, web, site.url) as port:
        guesses = {_guess(port, site.url, "127.0.0.2", f"203.0.113.{number}") for number in range(40)}
        assert guesses == {422, 429}
        assert _guess(port, site.url, "127.0.0.2", "198.51.100.1") == 429
        assert _guess(port, site.url, "127.0.0.3", "127.0.0.2") == 422


def test_site_behind_the_proxy_knows_only_its_configured_address(site: Site, tmp_path: Path) -> None:
    public = "https://flows.example.com"
    with (
        running("web", site, BAILIWICK_URL=public, BAILIWICK_BEHIND_PROXY="true") as web,
        proxy(tmp_path, web, public) as port,
    ):
        for address, status in ((port, 200), (web, 400)):
            page = httpx.get(f"http://127.0.0.1:{address}/auth/sign-in", headers={"Host": "evil.example"})
            assert (address, page.status_code) == (address, status)
            health = httpx.get(f"http://127.0.0.1:{address}/api/health", headers={"Host": "127.0.0.1:8000"})
            assert health.status_code == 200
        page = httpx.get(f"http://127.0.0.1:{port}/auth/sign-in", headers={"X-Forwarded-Proto": "http"})
        assert page.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"]
        assert "Secure" in page.headers["Set-Cookie"]


def test_callers_words_about_themselves_are_replaced_or_dropped(tmp_path: Path) -> None:
    claims = {
        "Host": "evil.example",
        "X-Forwarded-For": "203.0.113.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "4443",
        "X-Real-IP": "203.0.113.1",
        "Forwarded": "for=203.0.113.1;host=evil.example;proto=https",
    }
    with echo() as upstream, proxy(tmp_path, upstream, "http://flows.example.com:8080") as port:
        got = httpx.get(f"http://127.0.0.1:{port}/", headers=claims).json()
    assert {name: value for name, value in got.items() if name in {claim.lower() for claim in claims}} == {
        "host": "flows.example.com:8080",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
    }


def test_proxy_logs_no_secret_while_the_site_is_away(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with proxy(tmp_path, nobody.getsockname()[1], "http://127.0.0.1") as port:
            for path in ("/invitation/SECRET", "/auth/reset/1-SECRET", "/auth/sign-in?next=/invitation/SECRET"):
                answer = httpx.get(f"http://127.0.0.1:{port}{path}", headers={"Referer": f"http://x{path}"})
                assert answer.status_code == 502
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert logs.count(" 502 ") == 3
    assert "SECRET" not in logs


def test_large_bodies_and_what_the_site_hands_over_go_to_the_heavy_process(tmp_path: Path) -> None:
    large, small, claims = b"x" * 100_000, b"x" * 99_999, {"X-Bailiwick-Heavy": "mine"}
    with (
        echo("heavy") as heavy,
        echo("web", "/handed-over") as web,
        proxy(tmp_path, web, "http://flows.example.com", heavy=heavy) as port,
    ):

        def got(path: str, body: bytes) -> tuple[str, str, int]:
            answer = httpx.post(f"http://127.0.0.1:{port}{path}", content=body, headers=claims).json()
            assert answer["host"] == "flows.example.com"
            return answer["name"], answer.get("x-bailiwick-heavy", ""), answer["size"]

        assert got("/", small) == ("web", "offered", len(small))
        assert got("/", large) == ("heavy", "offered", len(large))
        assert got("/handed-over", small) == ("heavy", "", len(small))


def test_web_processes_do_the_work_of_a_heavy_process_that_is_away(tmp_path: Path) -> None:
    with socket.socket() as nobody, echo("web", "/handed-over") as web:
        nobody.bind(("127.0.0.1", 0))
        with proxy(tmp_path, web, "http://127.0.0.1", heavy=nobody.getsockname()[1]) as port:
            for body in (b"x", b"x" * 100_000):
                for _ in range(3):
                    answer = httpx.post(f"http://127.0.0.1:{port}/handed-over", content=body)
                    assert (answer.status_code, answer.json()["size"]) == (200, len(body))


@contextmanager
def echo(name: str = "", handed_over: str = "") -> Iterator[int]:
    """A server that answers with its name, the headers it got and the size of the body.

    It hands over requests to one path, if the proxy offers that.
    """

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            size = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.dumps({**headers, "name": name, "size": size}).encode()
            self.send_response(200)
            if self.path == handed_over and headers.get("x-bailiwick-heavy") == "offered":
                self.send_header("X-Accel-Redirect", "@heavy")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def proxy(folder: Path, web: int, public_url: str, *, heavy: int = 0) -> Iterator[int]:
    """nginx with our file, on a free port."""
    assert NGINX is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = (ROOT / "deploy/nginx.conf").read_text().replace("server heavy:8000", f"server 127.0.0.1:{heavy or web}")
    ours = re.sub(r"server \w+:8000", f"server 127.0.0.1:{web}", ours)
    ours = ours.replace("listen 80 default_server;", f"listen 127.0.0.1:{port} default_server;")
    ours = ours.replace("${BAILIWICK_URL}", public_url)
    ours = ours.replace("/dev/stdout", f"{folder}/access.log").replace("/dev/stderr", f"{folder}/error.log")
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; client_body_buffer_size 1m; {temporary} {ours} }}"
    )
    process = subprocess.Popen([NGINX, "-c", str(config), "-e", str(folder / "error.log")], stderr=subprocess.DEVNULL)
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


def _guess(port: int, origin: str, caller: str, claimed: str) -> int:
    """Sign in with a wrong password from the address `caller`, which says that it forwards for `claimed`."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        transport=httpx.HTTPTransport(local_address=caller),
        headers={"X-Forwarded-For": claimed, "X-Real-IP": claimed, "Forwarded": f"for={claimed}"},
    ) as client:
        client.get("/auth/sign-in")
        form = {"login": f"{claimed}@example.com", "password": "guess", "csrfmiddlewaretoken": _token(client)}
        return client.post("/auth/sign-in", data=form, headers={"Origin": origin}).status_code


def _token(client: httpx.Client) -> str:
    return next(value for name, value in client.cookies.items() if "csrf" in name)
