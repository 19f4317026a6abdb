"""The unmodified client runs a script; what the server then tells is what the reference server tells."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.client.story import Server, normal, told_in_the_end
from tests.prefect_client import PrefectClient
from tests.site import Site

pytestmark = [pytest.mark.client, pytest.mark.xdist_group("client")]

MakeClient = Callable[..., PrefectClient]


def run_everything(client: PrefectClient) -> None:
    done = client.run("everything.py")
    assert "RESULT {'numbers': [0, 2, 42]}" in done.stdout


def run_failing(client: PrefectClient) -> None:
    assert client.run("failing.py", check=False).returncode == 1


def interrupt(client: PrefectClient) -> None:
    _signal_in_the_middle(client, "interrupted", signal.SIGINT)


def kill(client: PrefectClient) -> None:
    _signal_in_the_middle(client, "killed", signal.SIGKILL)


SCENARIOS: list[tuple[Callable[[PrefectClient], None], tuple[str, ...]]] = [
    (run_everything, ("everything", "inner")),
    (run_failing, ("failing",)),
    (interrupt, ("interrupted",)),
    (kill, ("killed",)),
]


@pytest.mark.parametrize(("play", "flows"), SCENARIOS, ids=[flows[0] for _, flows in SCENARIOS])
def test_story_is_that_of_the_reference(
    play: Callable[[PrefectClient], None],
    flows: tuple[str, ...],
    reference: PrefectClient,
    owner: dict[str, Any],
    prefect_client: MakeClient,
) -> None:
    play(reference)
    expected = told_in_the_end(Server(reference.settings["PREFECT_API_URL"]), *flows)
    assert expected["runs"] != []
    play(prefect_client(owner))
    assert told_in_the_end(Server(owner["api_url"], owner["api_key"]), *flows) == expected


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


def test_command_line_reads_back_what_the_reference_gives(
    reference: PrefectClient, site: Site, prefect_client: MakeClient
) -> None:
    """Runs of its own in a workspace of its own: `ls` shows all there is."""
    reader = site.bootstrap("client-reader", "reading")
    read = []
    for client, server in [
        (reference, Server(reference.settings["PREFECT_API_URL"])),
        (prefect_client(reader), Server(reader["api_url"], reader["api_key"])),
    ]:
        run_everything(client)
        told_in_the_end(server, "everything", "inner")
        parent = server.runs_of("everything")[-1]["id"]
        read.append(
            [
                _words(client.prefect("flow-run", "ls", "--flow-name", "everything", "--limit", "1").stdout),
                normal(_inspected(client, parent)),
                # Threads of mapped tasks write in any order.
                sorted(_words(client.prefect("flow-run", "logs", parent).stdout).splitlines()),
            ]
        )
    of_reference, of_ours = read
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


def _inspected(client: PrefectClient, run_id: str) -> Any:
    return json.loads(client.prefect("flow-run", "inspect", run_id, "--output", "json").stdout)


def _words(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "<time>", str(normal(text)))
    text = re.sub(r"[─━┏┓┗┛┃│┡┩└┘╇┳┴┬ ]+", " ", text)
    return re.sub(r"an? (few )?(second|minute)s? ago|\d+ (second|minute)s ago|just now", "<ago>", text)
