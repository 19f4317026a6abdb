"""However much is stored, an answer has a size that many requests at once can have."""

import pytest

from tests.cast import Person
from tests.workspaces.runs.test_api import Client
from workspaces import bounded_reading

pytestmark = pytest.mark.django_db


def test_answers_that_would_be_too_large_are_refused(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reading, "ANSWER_BYTES", 200_000)
    ours = Client(owner)
    text = "x" * 150_000
    runs = [ours.run(context={"a": text}) for _ in range(2)]
    state = {"type": "RUNNING", "data": text}
    for _ in range(2):
        ours("POST", f"/flow_runs/{runs[0]['id']}/set_state", {"state": state, "force": True}, 201)
        ours("POST", "/task_runs/", {"task_key": text[:9], "dynamic_key": str(_), "task_inputs": {text: []}}, 201)
    line = {"name": "n", "level": 20, "message": text, "timestamp": "2026-01-01T00:00:00Z"}
    ours("POST", "/logs/", [line, line], 201)
    for address in ("/flow_runs/filter", "/flow_runs/paginate", "/task_runs/filter", "/logs/filter"):
        assert "fewer rows" in ours("POST", address, {}, 422)["detail"]
        assert ours("POST", address, {"limit": 1})
    assert "fewer rows" in ours("GET", f"/flow_run_states/?flow_run_id={runs[0]['id']}", None, 422)["detail"]
    for key in "ab":
        ours("POST", f"/flow_runs/{runs[0]['id']}/input", {"key": key, "value": text}, 201)
    inputs = f"/flow_runs/{runs[0]['id']}/input/filter"
    assert "fewer rows" in ours("POST", inputs, {"prefix": "", "limit": 2}, 422)["detail"]
    assert ours("POST", inputs, {"prefix": "", "limit": 1})


def test_long_and_short_lines_come_in_their_order(owner: Person) -> None:
    ours = Client(owner)
    messages = ["a", "b" * 70_000, "c", "d" * 70_000, "e" * 70_000]
    lines = [
        {"name": "n", "level": 20, "message": message, "timestamp": f"2026-01-01T00:00:0{number}Z"}
        for number, message in enumerate(messages)
    ]
    ours("POST", "/logs/", lines, 201)
    found = ours("POST", "/logs/filter", {"limit": 200})
    assert [line["message"] for line in found] == messages
