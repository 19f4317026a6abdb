"""Work pools, their queues and a real worker, beside the reference server."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client.story import Server
from tests.client.work_pool_story import answers
from tests.prefect_client import FLOWS, PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="answers and commands; test_polling.py runs the SQL on both"),
]

MakeClient = Callable[..., PrefectClient]
_CHANGING = re.compile(r"[0-9a-f-]{36}|https?://\S+|[│┃].*(ago|now).*")
COMMANDS = (
    ("work-pool", "create", "mine", "--type", "process"),
    ("work-pool", "create", "mine", "--type", "process"),
    ("work-pool", "create", "theirs", "--type", "kubernetes", "--paused"),
    ("work-pool", "pause", "mine"),
    ("work-pool", "resume", "mine"),
    ("work-pool", "set-concurrency-limit", "mine", "3"),
    ("work-pool", "preview", "mine"),
    ("work-queue", "create", "urgent", "--pool", "mine", "--limit", "2", "--priority", "1"),
    ("work-queue", "pause", "urgent", "--pool", "mine"),
    ("work-queue", "preview", "urgent", "--pool", "mine"),
    ("work-queue", "delete", "urgent", "--pool", "mine"),
    ("work-pool", "delete", "theirs"),
    ("work-pool", "delete", "theirs"),
)


def test_answers_are_those_of_the_reference(reference: PrefectClient, site: Site) -> None:
    workspace = site.bootstrap("client-pools", "lab")
    theirs = Server(reference.settings["PREFECT_API_URL"])
    ours = Server(workspace["api_url"], workspace["api_key"])
    for pool in theirs.post("/work_pools/filter"):  # of tests before
        theirs.http.delete(f"/work_pools/{pool['name']}")

    def call_of(server: Server) -> Callable[[str, str, Any], tuple[int, Any]]:
        def call(method: str, path: str, body: Any) -> tuple[int, Any]:
            for _ in range(10):
                answer = server.http.request(method, path, json=body)
                if answer.status_code != 503:  # the reference's database is busy at times
                    break
            return answer.status_code, answer.json() if answer.content else None

        return call

    assert answers(call_of(ours)) == answers(call_of(theirs))


def test_commands_do_what_they_do_with_the_reference(
    reference: PrefectClient, site: Site, prefect_client: MakeClient
) -> None:
    def said(client: PrefectClient) -> list[Any]:
        with client.commands() as command:
            outputs = [(args, *command(*args)) for args in COMMANDS]
            listed = json.loads(command("work-pool", "ls", "--output", "json")[1])
        done = [(args, code, _CHANGING.sub("", output)) for args, code, output in outputs]
        return [done, [(pool["name"], pool["type"], pool["description"]) for pool in listed if pool["name"] == "mine"]]

    mine = prefect_client(site.bootstrap("client-pools", "lab"))
    with ThreadPoolExecutor(2) as both:
        ours, theirs = both.map(said, (mine, reference))
    assert ours == theirs


def test_worker_runs_a_deployed_flow_as_with_the_reference(
    reference: PrefectClient, site: Site, stranger: dict[str, Any], prefect_client: MakeClient
) -> None:
    workspace = site.bootstrap("client-worker", "lab")

    def played(client: PrefectClient, server: Server) -> Any:
        flow = server.post("/flows/", name="deployed")
        server.post("/work_pools/", name="workers", type="process")
        deployment = server.post(
            "/deployments/",
            name="on-workers",
            flow_id=flow["id"],
            work_pool_name="workers",
            entrypoint="deployed.py:deployed",
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(FLOWS)}}],
            parameters={"number": 21},
        )
        run = server.post(f"/deployments/{deployment['id']}/create_flow_run")
        client.prefect("worker", "start", "--pool", "workers", "--name", "one", "--run-once")
        run = server.get(f"/flow_runs/{run['id']}")
        pool = server.get("/work_pools/workers")
        logs = server.post("/logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}}, limit=200)
        (worker,) = server.post("/work_pools/workers/workers/filter")
        return {
            "states": [state["name"] for state in server.get("/flow_run_states/", flow_run_id=run["id"])],
            "run": (run["state_name"], run["run_count"], run["work_queue_name"], sorted(run["labels"])),
            "pool": (pool["status"], "process" in json.dumps(pool["base_job_template"]), worker["name"]),
            "queue": server.get("/work_pools/workers/queues/default")["status"],
            "printed": [log["message"] for log in logs if "doubled" in log["message"]],
        }

    clients = [
        (prefect_client(workspace), Server(workspace["api_url"], workspace["api_key"])),
        (reference, Server(reference.settings["PREFECT_API_URL"])),
    ]
    with ThreadPoolExecutor(2) as both:
        ours, theirs = both.map(lambda pair: played(*pair), clients)
    assert ours == theirs
    assert (ours["run"][0], ours["printed"]) == ("Completed", ["doubled: 42"])
    assert Server(stranger["api_url"], stranger["api_key"]).post("/work_pools/filter") == []
