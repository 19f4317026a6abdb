"""The unmodified client runs a script; what the server then tells is what the reference server tells."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from tests.client.story import Server, normal, told_in_the_end
from tests.prefect_client import PrefectClient
from tests.site import Site

pytestmark = pytest.mark.client

MakeClient = Callable[..., PrefectClient]


def side_by_side(*works: Callable[[], Any]) -> list[Any]:
    """What each gives. Clients mostly wait, so that two take hardly longer than one."""
    with ThreadPoolExecutor() as pool:
        return [working.result() for working in [pool.submit(work) for work in works]]


@dataclass(frozen=True)
class Played:
    """A server on which everything.py has run once, and what it told in the end."""

    client: PrefectClient
    server: Server
    output: str
    told: dict[str, Any]


@pytest.fixture(scope="module")
def everything(reference: PrefectClient, site: Site, prefect_client: MakeClient) -> list[Played]:
    """The reference and this site, in a workspace of its own, after everything.py. It runs once for several tests."""
    workspace = site.bootstrap("client-reader", "reading")

    def play(client: PrefectClient, server: Server) -> Played:
        done = client.run("everything.py")
        return Played(client, server, done.stdout + done.stderr, told_in_the_end(server, "everything", "inner"))

    return side_by_side(
        lambda: play(reference, Server(reference.settings["PREFECT_API_URL"])),
        lambda: play(prefect_client(workspace), Server(workspace["api_url"], workspace["api_key"])),
    )


def run_failing(client: PrefectClient) -> None:
    assert client.run("failing.py", check=False).returncode == 1


def interrupt(client: PrefectClient) -> None:
    _signal_in_the_middle(client, "interrupted", signal.SIGINT)


def kill(client: PrefectClient) -> None:
    _signal_in_the_middle(client, "killed", signal.SIGKILL)


def test_story_of_everything_is_that_of_the_reference(everything: list[Played]) -> None:
    expected, ours = everything
    assert sum(len(run["task_runs"]) for run in expected.told["runs"]) > 5
    assert ours.told == expected.told
    for played in everything:
        assert "RESULT {'numbers': [0, 2, 42]}" in played.output
        assert "Unable to connect" not in played.output


@pytest.mark.parametrize(("play", "flow"), [(run_failing, "failing"), (interrupt, "interrupted"), (kill, "killed")])
def test_story_is_that_of_the_reference(
    play: Callable[[PrefectClient], None],
    flow: str,
    reference: PrefectClient,
    owner: dict[str, Any],
    prefect_client: MakeClient,
) -> None:
    def told(client: PrefectClient, server: Server) -> dict[str, Any]:
        play(client)
        return told_in_the_end(server, flow)

    expected, ours = side_by_side(
        lambda: told(reference, Server(reference.settings["PREFECT_API_URL"])),
        lambda: told(prefect_client(owner), Server(owner["api_url"], owner["api_key"])),
    )
    assert expected["runs"] != []
    assert ours == expected


def test_two_tenants_at_once_see_only_their_own(
    site: Site, owner: dict[str, Any], stranger: dict[str, Any], prefect_client: MakeClient
) -> None:
    ours, theirs = Server(owner["api_url"], owner["api_key"]), Server(stranger["api_url"], stranger["api_key"])
    before = {run["id"] for run in ours.runs_of("everything", "inner")}
    clients = [prefect_client(owner), prefect_client(stranger)]
    for process in [client.start("everything.py") for client in clients]:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    mine = [run for run in ours.runs_of("everything", "inner") if run["id"] not in before]
    other = theirs.runs_of("everything", "inner")
    assert [run["name"] for run in mine] == [run["name"] for run in other] == ["everything-run", "inner-run"]
    assert {run["id"] for run in mine}.isdisjoint(run["id"] for run in other)
    assert len(theirs.post("/flow_runs/filter")) == 2
    assert theirs.http.get(f"/flow_runs/{mine[0]['id']}").status_code == 404
    assert theirs.post("/logs/filter", logs={"flow_run_id": {"any_": [mine[0]["id"]]}}) == []
    intruder = Server(owner["api_url"], stranger["api_key"])
    assert intruder.http.get(f"/flow_runs/{mine[0]['id']}").status_code == 404
    assert intruder.http.post("/flow_runs/filter", json={}).status_code == 404
    assert httpx.post(f"{owner['api_url']}/flow_runs/filter", json={}, trust_env=False).status_code == 401


def test_command_line_reads_back_what_the_reference_gives(everything: list[Played]) -> None:
    def read(played: Played) -> list[Any]:
        parent = played.server.runs_of("everything")[-1]["id"]
        with played.client.commands() as command:
            outputs = [
                command("flow-run", "ls", "--flow-name", "everything", "--limit", "1"),
                command("flow-run", "inspect", parent, "--output", "json"),
                command("flow-run", "logs", parent),
            ]
        assert [code for code, _ in outputs] == [0, 0, 0], outputs
        listed, inspected, logs = (output for _, output in outputs)
        # Threads of mapped tasks write in any order.
        return [_words(listed), normal(json.loads(inspected)), sorted(_words(logs).splitlines())]

    of_reference, of_ours = side_by_side(*(partial(read, played) for played in everything))
    assert "everything-run" in of_reference[0]
    assert of_ours == of_reference


def _signal_in_the_middle(client: PrefectClient, name: str, number: signal.Signals) -> None:
    process = client.start("slow.py", name)
    assert process.stdout is not None
    for line in process.stdout:
        if "WAITING" in line:
            break
    time.sleep(3)  # logs and events leave the client every two seconds
    os.kill(process.pid, number)
    process.communicate(timeout=60)


def _words(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "<time>", str(normal(text)))
    text = re.sub(r"[─━┏┓┗┛┃│┡┩└┘╇┳┴┬ ]+", " ", text)
    return re.sub(r"an? (few )?(second|minute)s? ago|\d+ (second|minute)s? ago|just now", "<ago>", text)
