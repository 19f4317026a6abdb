"""Deployments as the client makes and uses them, and as the reference server has them."""

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.utils import timezone

from tests.cast import make_person
from tests.client.deployment_story import answers
from tests.client.story import Server
from tests.prefect_client import PrefectClient
from tests.site import Site
from workspaces.concurrency.models import ConcurrencyLimit

pytestmark = [
    pytest.mark.client,
    pytest.mark.postgresql_in_ci(reason="the endpoints have tests on both databases"),
]

MakeClient = Callable[..., PrefectClient]


@pytest.mark.django_db
def test_every_answer_is_the_one_of_the_reference(reference: PrefectClient) -> None:
    person = make_person("dora")  # `owner` is another one in these tests
    theirs = httpx.Client(base_url=reference.settings["PREFECT_API_URL"], trust_env=False, timeout=60)
    limit = theirs.post("/v2/concurrency_limits/", json={"name": "story-limit", "limit": 2}).json()

    def call_theirs(method: str, path: str, body: Any) -> tuple[int, Any]:
        for _ in range(20):
            answer = theirs.request(method, path, content=None if body is None else json.dumps(body))
            if answer.status_code != 503:  # its SQLite is busy
                break
            time.sleep(0.3)
        return answer.status_code, answer.json() if answer.content else None

    def call_ours(method: str, path: str, body: Any) -> tuple[int, Any]:
        answer = person.api.call(method, f"{person.workspace_api}{path}", body)
        return answer.status_code, answer.json() if answer.content else None

    now = timezone.now()
    own = ConcurrencyLimit.objects.create(
        workspace=person.workspace, name="story-limit", limit=2, created=now, updated=now
    )
    ours = answers(call_ours, limit=str(own.id))
    for mine, expected in zip(ours, answers(call_theirs, limit=limit["id"]), strict=True):
        assert mine == expected


def test_flow_is_served_and_run_from_the_command_line(site: Site, prefect_client: MakeClient) -> None:
    workspace = site.bootstrap("client-serve", "lab")
    client = prefect_client(workspace, PREFECT_RUNNER_POLL_FREQUENCY="1")
    server = Server(workspace["api_url"], workspace["api_key"])
    process = client.start("serving.py")
    try:
        with client.commands() as command:

            def says(*args: str) -> str:
                exit_code, output = command("deployment", *args)
                assert exit_code == 0, output
                return output

            _until(lambda: server.post("/deployments/count") == 1)
            says("run", "greet/served", "--param", "name=you", "--tag", "by-hand", "--watch")
            assert "greet/served" in says("ls")
            told = json.loads(says("inspect", "greet/served", "--output", "json"))
            assert (told["description"], told["tags"], told["version"]) == ("Says hello.", ["greeting"], "1")
            assert "0 6 * * *" in says("schedule", "ls", "greet/served")
            # The other one is the run of its second schedule.
            _until(lambda: server.post("/flow_runs/count", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}}) == 2)
            cron = next(schedule for schedule in told["schedules"] if "cron" in schedule["schedule"])
            says("schedule", "pause", "greet/served", cron["id"])
            says("schedule", "create", "greet/served", "--interval", "3600")
            [added, *others] = server.get(f"/deployments/{told['id']}/schedules")
            active = {schedule["id"]: schedule["active"] for schedule in others}
            assert (added["schedule"]["interval"], added["active"], active[cron["id"]]) == (3600.0, True, False)
            says("schedule", "clear", "greet/served", "-y")
            assert server.get(f"/deployments/{told['id']}/schedules") == []
        runs = server.post("/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        assert sorted((run["auto_scheduled"], run["parameters"]["name"]) for run in runs) == [
            (False, "you"),
            (True, "all"),
        ]
        [run] = server.post("/flow_runs/filter", flow_runs={"tags": {"all_": ["by-hand"]}})
        assert (run["deployment_id"], run["deployment_version"], run["parameters"]["name"]) == (told["id"], "1", "you")
        assert sorted(run["tags"]) == ["by-hand", "greeting"]
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)
        assert server.get(f"/deployments/{told['id']}")["paused"]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _until(true: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)
