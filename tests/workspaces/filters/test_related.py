"""Filters of several nouns: which rows they find, and that nothing below names a model."""

from typing import Any

import pytest
from django.db.models import Model

from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.deployments.models import Deployment
from workspaces.filters.flow_runs import FlowRunFilter
from workspaces.filters.flows import FlowFilter
from workspaces.filters.paths import PATHS, related_rows
from workspaces.filters.related import RelatedFilters, matching
from workspaces.filters.task_runs import TaskRunFilter
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, TaskRun
from workspaces.work_pools.models import WorkPool, WorkQueue

pytestmark = pytest.mark.django_db

MODELS: dict[str, type[Model]] = {
    "flows": Flow,
    "flow_runs": FlowRun,
    "task_runs": TaskRun,
    "deployments": Deployment,
    "work_pools": WorkPool,
    "work_pool_queues": WorkQueue,
    "work_queues": WorkQueue,
}
COMPLETED, FAILED = ({"state": {"type": {"any_": [state]}}} for state in ("COMPLETED", "FAILED"))


def named(*names: str) -> dict[str, Any]:
    return {"name": {"any_": list(names)}}


def found(workspace: Workspace, noun: str, asked: dict[str, Any]) -> list[str]:
    rows: Any = MODELS[noun]._default_manager.filter(workspace=workspace)
    return sorted(matching(rows, noun, RelatedFilters.model_validate(asked), workspace).values_list("name", flat=True))


@pytest.fixture
def workspace(owner: Person) -> Workspace:
    """`etl` has a completed run with a failed task, and a failed run with a completed one; `idle` has nothing."""
    etl, report = stage.flow(owner.workspace, "etl", tags=["prod"]), stage.flow(owner.workspace, "report")
    stage.flow(owner.workspace, "idle")
    good = stage.flow_run(etl, "good", "COMPLETED", tags=["nightly"])
    stage.task_run(good, "retried-0", "FAILED")
    stage.task_run(stage.flow_run(etl, "bad", "FAILED"), "load-0", "COMPLETED")
    stage.flow_run(report, "lone", "COMPLETED")
    return owner.workspace


@pytest.mark.parametrize(
    ("noun", "asked", "names"),
    [
        ("flows", {}, ["etl", "idle", "report"]),
        ("flows", {"flows": {"tags": {"all_": ["prod"]}}}, ["etl"]),
        ("flows", {"flow_runs": COMPLETED}, ["etl", "report"]),
        ("flows", {"task_runs": FAILED}, ["etl"]),
        ("flows", {"flow_runs": {}, "task_runs": None}, ["etl", "report"]),
        # One and the same run must match and have the task run.
        ("flows", {"flow_runs": COMPLETED, "task_runs": COMPLETED}, []),
        ("flows", {"flow_runs": COMPLETED, "task_runs": FAILED}, ["etl"]),
        ("flow_runs", {"flows": named("etl")}, ["bad", "good"]),
        ("flow_runs", {"flows": named("etl"), "task_runs": FAILED}, ["good"]),
        ("flow_runs", {"flow_runs": named("lone"), "task_runs": {}}, []),
        ("task_runs", {"flows": named("etl")}, ["load-0", "retried-0"]),
        ("task_runs", {"flows": named("report")}, []),
        ("task_runs", {"flows": named("etl"), "flow_runs": COMPLETED}, ["retried-0"]),
        ("task_runs", {"flows": {}, "flow_runs": {"id": {"any_": []}}}, []),
    ],
)
def test_other_nouns_must_have_a_matching_row(
    workspace: Workspace, noun: str, asked: dict[str, Any], names: list[str]
) -> None:
    assert found(workspace, noun, asked) == names


def test_related_rows_of_another_workspace_do_not_count(workspace: Workspace, stranger: Person) -> None:
    theirs = stage.flow(stranger.workspace, "theirs")
    FlowRun.objects.filter(name="lone").update(flow=theirs)
    assert found(workspace, "flow_runs", {"flows": named("theirs")}) == []
    assert found(stranger.workspace, "flows", {"flow_runs": named("lone")}) == []


@pytest.mark.parametrize("exists", [True, False])
def test_task_run_knows_whether_it_wraps_runs(workspace: Workspace, exists: bool) -> None:
    parent = TaskRun.objects.get(name="load-0")
    for name in ("child", "second-child"):
        stage.flow_run(Flow.objects.get(name="report"), name, parent_task_run=parent)
    asked = {"task_runs": {"subflow_runs": {"exists_": exists}}}
    assert found(workspace, "task_runs", asked) == (["load-0"] if exists else ["retried-0"])


@pytest.mark.parametrize("noun", sorted(PATHS))
def test_every_path_leads_to_the_noun_that_it_is_for(noun: str) -> None:
    for other, path in PATHS[noun].items():
        model = MODELS[noun]
        for step in path.split("__"):
            model = related_rows(model, step).model
        assert model is MODELS[other]


@pytest.mark.parametrize("shape", [FlowFilter, FlowRunFilter, TaskRunFilter])
def test_filter_that_asks_nothing_is_no_condition(shape: Any) -> None:
    model = {FlowFilter: Flow, FlowRunFilter: FlowRun, TaskRunFilter: TaskRun}[shape]
    for operator in ("and_", "or_"):
        assert not shape(operator=operator).q(model)
