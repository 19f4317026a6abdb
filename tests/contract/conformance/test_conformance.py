"""Random requests to our API and to the Prefect server get the same answers, apart from those in `intended.py`.

More: CONFORMANCE_REQUESTS=3000 CONFORMANCE_SEED=7 pytest -s tests/contract/conformance
"""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cast import Person
from tests.client.reference import running
from tests.contract.conformance import values
from tests.contract.conformance.comparison import Comparison
from tests.contract.conformance.intended import is_intended
from tests.contract.conformance.requests import Step, steps

REQUESTS = int(os.environ.get("CONFORMANCE_REQUESTS", "320"))
SEED = int(os.environ.get("CONFORMANCE_SEED", "1"))
UNORDERED = re.compile(
    "/flow_runs/filter|/ui/flow_runs/history|/deployments/get_scheduled_flow_runs|/v2/concurrency_limits/filter"
    "|/deployments/[^/]+/work_queue_check"
)


@pytest.mark.client
@pytest.mark.one_database(reason="answers; the SQL behind them has tests on both")
@pytest.mark.django_db
def test_answers_are_those_of_the_prefect_server(
    owner: Person, client_venv: Path, tmp_path: Path, settings: Any
) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    comparison, wrong = Comparison(), []
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    with running(client_venv, tmp_path, services=False) as url, client(url) as http:
        for number, step in enumerate(steps(SEED, REQUESTS)):
            mine = owner.api.call(step.method, owner.workspace_api + fill(step.path, ours), fill(step.body, ours))
            other = ask(http, step.method, fill(step.path, theirs), fill(step.body, theirs))
            found = [f"status: ours {mine.status_code}, theirs {other.status_code}"]
            if mine.status_code == other.status_code:
                any_order = UNORDERED.fullmatch(step.path) and mine.status_code == 200
                compare = comparison.in_any_order if any_order else comparison.differences
                found = list(compare(content(mine), content(other)))
            for answer, ids in ((mine, ours), (other, theirs)):
                if step.label:
                    ids[step.label] = made_id(content(answer)) or values.NO_ID
            found = [one for one in found if not is_intended(f"{step.method} {step.path}", one)]
            if found:
                wrong.append(told(number, step, found, content(mine), content(other)))
                print(wrong[-1], flush=True)
    assert wrong == [], f"seed {SEED}:\n" + "\n".join(wrong)


def client(url: str) -> httpx.Client:
    """Return a client with a new connection for each request, because the server closes one after an error."""
    return httpx.Client(base_url=url, timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def ask(http: httpx.Client, method: str, path: str, body: Any) -> httpx.Response:
    for _ in range(20):
        answer = http.request(method, path, content=None if body is None else json.dumps(body))
        if answer.status_code != 503:  # its SQLite is busy
            break
        time.sleep(0.2)
    return answer


def content(answer: Any) -> Any:
    return answer.json() if answer.content else None


def made_id(answer: Any) -> str | None:
    if isinstance(answer, list) and answer:
        answer = answer[0]
    return answer.get("id") or answer.get("lease_id") if isinstance(answer, dict) else None


def fill(value: Any, ids: dict[str, str]) -> Any:
    """Put the ids in place of their labels."""
    if isinstance(value, str):
        for label, row_id in ids.items():
            value = value.replace(f"{{{label}}}", row_id)
        return value
    if isinstance(value, dict):
        return {key: fill(part, ids) for key, part in value.items()}
    return [fill(part, ids) for part in value] if isinstance(value, list) else value


def told(number: int, step: Step, found: list[str], mine: Any, other: Any) -> str:
    request = f"{number}. {step.method} {step.path} {json.dumps(step.body)[:600]}"
    answers = f"\n    ours {str(mine)[:300]}\n    theirs {str(other)[:300]}" if found[0].startswith("status") else ""
    return request + "".join(f"\n  {one}" for one in found[:6]) + answers
