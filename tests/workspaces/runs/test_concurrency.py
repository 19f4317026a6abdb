"""Many at one run in the same moment: states follow one another, none is lost, and every answer is true."""

from collections import Counter
from typing import Any

import pytest

from tests.at_once import at_once
from tests.cast import Person
from workspaces.events.models import Event
from workspaces.runs.models import FlowRun, FlowRunState

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_many_workers_takes_the_run(owner: Person) -> None:
    """PENDING to PENDING is refused, which is what keeps two workers from taking one run."""
    root = owner.workspace_api
    flow = owner.api.post(f"{root}/flows/", {"name": "etl"}).json()
    state = {"type": "SCHEDULED"}
    run = owner.api.post(f"{root}/flow_runs/", {"flow_id": flow["id"], "state": state}).json()["id"]

    def take() -> Any:
        return owner.api.post(f"{root}/flow_runs/{run}/set_state", {"state": {"type": "PENDING"}}).json()["status"]

    assert Counter(at_once(*[take] * 6)) == {"ACCEPT": 1, "ABORT": 5}


def test_states_of_one_run_form_a_chain(owner: Person) -> None:
    root = owner.workspace_api
    flow = owner.api.post(f"{root}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{root}/flow_runs/", {"flow_id": flow["id"]}).json()["id"]

    def force(name: str) -> Any:
        body = {"state": {"type": "RUNNING", "name": name}, "force": True}
        return owner.api.post(f"{root}/flow_runs/{run}/set_state", body).json()["state"]["id"]

    told = at_once(*[lambda name=f"step-{number}": force(name) for number in range(6)])
    states = list(FlowRunState.objects.filter(flow_run_id=run).order_by("timestamp"))
    assert {str(state.id) for state in states[1:]} == set(told)
    stored = FlowRun.objects.get(id=run)
    assert (stored.state_id, stored.run_count) == (states[-1].id, 6)
    follows = dict(Event.objects.values_list("id", "follows"))
    assert [follows[state.id] for state in states] == [None, *[state.id for state in states[:-1]]]


def test_one_run_for_one_idempotency_key(owner: Person) -> None:
    root = owner.workspace_api
    flow = owner.api.post(f"{root}/flows/", {"name": "etl"}).json()

    def create() -> Any:
        answer = owner.api.post(f"{root}/flow_runs/", {"flow_id": flow["id"], "idempotency_key": "k"})
        return answer.status_code, answer.json()["id"]

    results = at_once(*[create] * 6)
    assert Counter(status for status, _ in results) == {201: 1, 200: 5}
    assert len({run_id for _, run_id in results}) == 1


def test_one_flow_for_one_name(owner: Person) -> None:
    def create() -> Any:
        answer = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "same"})
        return answer.status_code, answer.json()["id"]

    results = at_once(*[create] * 6)
    assert Counter(status for status, _ in results) == {201: 1, 200: 5}
    assert len({flow_id for _, flow_id in results}) == 1
