"""docker-compose.yml cannot run everywhere, so what it says is checked: names, variables, and its very commands."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import yaml
from redis import AuthenticationError, Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from websockets import ConnectionClosed, Subprotocol
from websockets.sync.client import connect

from config.env import Variables
from config.limits import Caps, MailLimits, RateLimits, SocketCaps
from config.processes import site_commands
from tests.site import ROOT, Site

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def variables_read() -> set[str]:
    groups = (Variables, RateLimits, Caps, SocketCaps, MailLimits)
    return {str(field.validation_alias or name) for group in groups for name, field in group.model_fields.items()} | {
        "BAILIWICK_PASSWORD"  # of the command `bootstrap`
    }


def test_all_processes_are_there_and_what_they_wait_for() -> None:
    assert set(SERVICES) == {"migrate", "web", "heavy", "websocket", "worker", "beat", "proxy", "postgres", "redis"}
    for service in SERVICES.values():
        for other, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]


def test_site_is_given_only_variables_that_it_reads() -> None:
    assert set(SERVICES["web"]["environment"]) - variables_read() == set()


def test_operators_page_names_every_variable() -> None:
    page = (ROOT / "docs/install.md").read_text()
    assert {name for name in variables_read() if f"`{name}`" not in page} == set()


def test_proxy_knows_all_kinds_of_processes() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    assert re.findall(r"server (\w+):8000( |;)", config) == [
        ("web", ";"), ("heavy", " "), ("web", " "), ("websocket", ";"),
    ]  # fmt: skip
    assert SERVICES["proxy"]["volumes"][0].startswith("./deploy/nginx.conf:")


def test_proxy_tells_who_calls_in_words_of_its_own() -> None:
    """Of what the caller writes itself nothing is left, so believing it is safe behind this proxy."""
    config = (ROOT / "deploy/nginx.conf").read_text()
    assert re.findall(r"proxy_set_header X-Forwarded-For (.*);", config) == ["$remote_addr"]
    assert SERVICES["web"]["environment"]["BAILIWICK_BEHIND_PROXY"] == "true"
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]


def test_proxy_knows_the_configured_address_and_leaves_hsts_to_the_site() -> None:
    proxy, web = SERVICES["proxy"], SERVICES["web"]
    assert proxy["environment"]["BAILIWICK_URL"] == web["environment"]["BAILIWICK_URL"]
    assert proxy["volumes"] == ["./deploy/nginx.conf:/etc/nginx/templates/default.conf.template:ro"]
    config = (ROOT / "deploy/nginx.conf").read_text()
    assert set(re.findall(r"\$\{\w+\}", config)) == {"${BAILIWICK_URL}"}
    assert "Strict-Transport-Security" not in config


def test_no_process_logs_addresses() -> None:
    assert "--access-log" not in SERVICES["web"]["command"]
    assert "--no-access-log" in SERVICES["websocket"]["command"]
    assert "--no-access-log" in site_commands("127.0.0.1", 8000)["web"]


def test_redis_takes_nobody_without_the_password(tmp_path: Path) -> None:
    redis_server = shutil.which("redis-server")
    redis = SERVICES["redis"]
    assert SERVICES["web"]["environment"]["REDIS_URL"] == "redis://:${REDIS_PASSWORD:?set REDIS_PASSWORD}@redis:6379/0"
    assert redis["environment"]["REDISCLI_AUTH"].startswith("${REDIS_PASSWORD:?")
    assert "ports" not in redis
    if redis_server is None:
        pytest.skip("redis-server is not on this machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    entrypoint = tmp_path / "docker-entrypoint.sh"
    entrypoint.write_text(f'#!/bin/sh\nexec "$@" --port {port} --bind 127.0.0.1 --save ""\n')
    entrypoint.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "REDISCLI_AUTH": "a-long-password"}
    command = [word.replace("$$", "$") for word in redis["command"]]
    process = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        right = Redis(port=port, password="a-long-password", retry=Retry(ConstantBackoff(0.1), 100))
        assert right.ping()
        with pytest.raises(AuthenticationError):
            Redis(port=port).ping()
        assert b"a-long-password" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
    finally:
        process.terminate()
        process.wait(20)


def test_proxy_keeps_secrets_out_of_its_log() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    (secret,) = re.findall(r'"~\*(.*)" "\(an address with a secret\)";', config)
    (logged,) = re.findall(r"log_format without_secrets '(.*)';", config)
    hidden = ["/invitation/abc", "/auth/sign-in?next=/invitation/abc", "/auth/sign-in?next=%2Finvitation%2Fabc"]
    hidden += [
        "/auth/sign-in?next=%2Fauth%2Fverify%2Fabc",
        "/api/invitations/1/accept?invite_code=abc",
        "/auth/reset/1-abc",
        "/auth/verify/abc",
    ]
    shown = ["/", "/my/invitations", "/account/1/members/invitations", "/auth/reset"]
    assert [bool(re.search(secret, path, re.IGNORECASE)) for path in hidden + shown] == [True] * 7 + [False] * 4
    assert not {"$request ", "$request_uri", "$uri", "$args", "$http_referer"} & set(re.findall(r"\$\w+ ?", logged))


@pytest.mark.parametrize("behind", [True, False])
def test_make_up_believes_forwarded_headers_only_when_told(settings: Any, behind: bool) -> None:
    settings.BEHIND_PROXY = behind
    command = site_commands("127.0.0.1", 8000)["web"]
    assert ("--proxy-headers" in command, "--no-proxy-headers" in command) == (behind, not behind)


def test_docker_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not on this machine")
    secrets = {**os.environ, "SECRET_KEY": "x" * 50, "POSTGRES_PASSWORD": "y", "REDIS_PASSWORD": "z"}
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, env=secrets, check=True)


def test_web_command_serves(site: Site) -> None:
    with running("web", site) as port, urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
        assert answer.status == 200


def test_websocket_command_takes_the_key_of_its_workspace_only(site: Site) -> None:
    ours, theirs = site.bootstrap("socket-ann"), site.bootstrap("socket-bob")
    with running("websocket", site) as port:
        assert welcome(port, ours, ours["api_key"]) == '{"type":"auth_success"}'
        assert welcome(port, ours, theirs["api_key"]) == "closed with 1008"
        assert welcome(port, ours, "pnu_wrong") == "closed with 1008"


@contextmanager
def running(name: str, site: Site, **more: str) -> Iterator[int]:
    """The service's own command, on a free port, as one more process of the site."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    swap = {"0.0.0.0": "127.0.0.1", "8000": str(port)}
    program, *arguments = [swap.get(word, word) for word in SERVICES[name]["command"]]
    command = [str(Path(sys.executable).parent / program), *arguments]
    env = {**site.env, **more}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def welcome(port: int, workspace: dict[str, Any], key: str) -> str:
    """What /events/out answers to a key."""
    url = (
        workspace["api_url"]
        .replace("http://", "ws://")
        .replace(urlsplit(workspace["api_url"]).netloc, f"127.0.0.1:{port}")
    )
    with connect(f"{url}/events/out", subprotocols=[Subprotocol("prefect")], proxy=None) as connection:
        connection.send(json.dumps({"type": "auth", "token": key}))
        try:
            return str(connection.recv(timeout=10))
        except ConnectionClosed as closed:
            return f"closed with {closed.rcvd.code if closed.rcvd else None}"
