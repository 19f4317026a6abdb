"""A flow that a worker runs with a key of the run, and that tries what else the key opens."""

import asyncio
import json
import os
from pathlib import Path

import httpx
from prefect import flow, get_run_logger, task
from prefect.concurrency.sync import concurrency
from prefect.events import emit_event
from prefect.settings import PREFECT_API_KEY
from prefect.variables import Variable


@task
def double(number: int) -> int:
    return 2 * number


@flow
def below(number: int) -> int:
    get_run_logger().info("below with %s", number)
    return double(number)


@flow(log_prints=True)
def keyed(other_run: str, kept_in: str) -> None:
    # A process worker overwrites PREFECT_API_KEY with its own.
    key, api = os.environ["prefect_api_key"], os.environ["PREFECT_API_URL"]  # noqa: SIM112
    assert PREFECT_API_KEY.value() == key
    with concurrency("database"):
        print(f"doubled: {double(below(4))} in {asyncio.run(Variable.aget('region'))}")
    emit_event("keyed.done", {"prefect.resource.id": "keyed"})
    state = {"state": {"type": "CANCELLED"}, "force": True}
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30) as http:
        refused = [
            http.post(f"/flow_runs/{other_run}/set_state", json=state).status_code,
            http.get(f"/flow_runs/{other_run}").status_code,
            http.post("/variables/", json={"name": "new", "value": 1}).status_code,
        ]
    Path(kept_in).write_text(json.dumps({"key": key, "refused": refused}))
