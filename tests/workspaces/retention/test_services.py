"""Retention removes exactly what its preview counts: old rows, and nothing of what is kept or of anybody else."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from auditlog.chains import chain_new_entries
from auditlog.models import Checkpoint, Entry
from auditlog.services import record
from auditlog.verification import verify_chain
from core.db.ids import new_id
from core.errors import Conflict, Invalid, NotFound
from orgs.plans import Retention
from orgs.services.plans import set_account_plan
from tests.cast import Organization, Person
from tests.trash import expire_trash
from tests.workspaces.directory.test_services import BY, fill, rows_of
from tests.workspaces.runs import stage
from workspaces.audit_log.models import AuditStream
from workspaces.directory.deletion import delete_organization, delete_person
from workspaces.directory.services import delete_workspace
from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.retention import pruning
from workspaces.retention.holds import end_hold, set_hold
from workspaces.retention.models import PruningProgress, Removed
from workspaces.retention.overview import account_preview
from workspaces.retention.preview import rows_to_remove
from workspaces.retention.rules import account_retention, workspace_retention
from workspaces.retention.services import set_account_retention, set_workspace_retention
from workspaces.runs.models import FlowRun, Log, TaskRun
from workspaces.trash.removal import remove_batch

pytestmark = pytest.mark.django_db
MODELS = {"runs": FlowRun, "task_runs": TaskRun, "events": Event, "logs": Log}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_REST", 0.0)
    monkeypatch.setattr(pruning, "BATCH", 3)
    monkeypatch.setattr(pruning, "_RUNS", 2)


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def add_log(workspace: Workspace, days: float, **ids: Any) -> Log:
    moment = days_ago(days)
    fields = {"name": "n", "level": 20, "message": "m", "timestamp": moment, "created": moment}
    return Log.objects.create(workspace=workspace, **fields, **ids)


def add_event(workspace: Workspace, days: float) -> None:
    moment = days_ago(days)
    Event.objects.create(
        workspace=workspace, occurred=moment, received=moment, event="e", resource_id="r", resource={}, related=[],
        payload={},
    )  # fmt: skip


def random_world(workspace: Workspace, rng: random.Random) -> None:
    """Families of runs that ended at different times or not at all, and logs and events of many days."""
    flow = stage.flow(workspace, f"flow-{rng.random()}")
    tasks: list[TaskRun] = []
    for number in range(rng.randint(1, 8)):
        state = rng.choice(["COMPLETED", "FAILED", "CRASHED", "RUNNING", "SCHEDULED", "CANCELLED"])
        ago = timedelta(days=rng.randint(0, 20), hours=rng.randint(1, 20))
        parent = rng.choice([None, *tasks])
        run = stage.flow_run(flow, f"run-{number}", state, ago=ago, parent_task_run=parent)
        tasks += [stage.task_run(run, f"task-{number}-{n}") for n in range(rng.randint(0, 2))]
        for _ in range(rng.randint(0, 3)):
            task = rng.choice([None, *tasks])
            add_log(workspace, rng.uniform(0, 20), flow_run_id=rng.choice([None, run.id]), task_run_id=task and task.id)
    when = days_ago(20)
    TaskRun.objects.create(
        id=new_id(), workspace=workspace, name="alone", task_key="t", dynamic_key=str(rng.random()), created=when,
        updated=when, state_type="COMPLETED", end_time=days_ago(rng.uniform(0, 20)),
    )  # fmt: skip
    for _ in range(rng.randint(0, 5)):
        add_event(workspace, rng.uniform(0, 20))


def counts(workspace: Workspace) -> dict[str, int]:
    return {kind: model.objects.filter(workspace=workspace).count() for kind, model in MODELS.items()}  # type: ignore[attr-defined]


def prune_all(workspace: Workspace, now: Any) -> dict[str, int]:
    removed: dict[str, int] = {}
    while batch := pruning.prune_workspace(workspace, now=now):
        for kind, rows in batch.items():
            removed[kind] = removed.get(kind, 0) + rows
    if connection.vendor == "sqlite":
        connection.check_constraints()
    return removed


@pytest.mark.parametrize("seed", range(6))
def test_preview_counts_exactly_what_is_removed(owner: Person, stranger: Person, seed: int) -> None:
    rng = random.Random(seed)
    for workspace in (owner.workspace, stranger.workspace):
        random_world(workspace, rng)
    # A stranger's line that names a run of ours.
    add_log(stranger.workspace, 1, flow_run_id=FlowRun.objects.filter(workspace=owner.workspace)[0].id)
    days = {kind: rng.choice([None, rng.randint(1, 15)]) for kind in ("runs", "events", "logs", "artifacts")}
    set_workspace_retention(owner.workspace, days, actor=BY)
    before, theirs, now = counts(owner.workspace), rows_of(stranger.workspace), timezone.now()
    preview = rows_to_remove(owner.workspace, workspace_retention(owner.workspace), now=now)
    removed = prune_all(owner.workspace, now)
    after = counts(owner.workspace)
    assert {kind: before[kind] - after[kind] for kind in MODELS} == {k: preview.totals[k] for k in MODELS}
    assert {kind: removed.get(kind, 0) for kind in MODELS} == {kind: preview.totals[kind] for kind in MODELS}
    assert rows_of(stranger.workspace) == theirs
    assert rows_to_remove(owner.workspace, workspace_retention(owner.workspace), now=now).total == 0


def test_families_of_runs_go_together(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    old, young = timedelta(days=10), timedelta(hours=1)
    parent = stage.flow_run(flow, "parent", ago=old)
    task = stage.task_run(parent, "task")
    done = stage.flow_run(flow, "done", ago=old, parent_task_run=task)
    running = stage.flow_run(flow, "running", "RUNNING", ago=old, parent_task_run=task)
    fresh_parent = stage.flow_run(flow, "fresh", ago=young)
    kept = stage.flow_run(flow, "kept", ago=old, parent_task_run=stage.task_run(fresh_parent, "task"))
    set_workspace_retention(owner.workspace, {"runs": 5}, actor=BY)
    prune_all(owner.workspace, timezone.now())
    names = FlowRun.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["fresh", "kept", "parent", "running"]
    assert not FlowRun.objects.filter(id=done.id)
    FlowRun.objects.filter(id=running.id).update(state_type="COMPLETED", end_time=days_ago(6))
    FlowRun.objects.filter(id=fresh_parent.id).update(end_time=days_ago(6))
    prune_all(owner.workspace, timezone.now())
    assert (FlowRun.objects.count(), TaskRun.objects.count(), kept.name) == (0, 0, "kept")


def test_days_can_only_be_lowered(owner: Person) -> None:
    set_account_plan(owner.account, {"run_retention_days": 30}, actor=BY)
    assert (account_retention(owner.account).runs, account_retention(owner.account).logs) == (30, None)
    for days in (31, 0, -1, 40_000):
        with pytest.raises(Invalid):
            set_account_retention(owner.account, {"runs": days}, actor=BY)
    set_account_retention(owner.account, {"runs": 20, "logs": 7}, actor=BY)
    with pytest.raises(Invalid, match="account keeps runs for 20 days"):
        set_workspace_retention(owner.workspace, {"runs": 21}, actor=BY)
    with pytest.raises(Invalid):
        set_workspace_retention(owner.workspace, {"audit": 1}, actor=BY)
    set_workspace_retention(owner.workspace, {"runs": 10}, actor=BY)
    assert workspace_retention(owner.workspace) == Retention(10, None, 7, None, None)
    set_account_plan(owner.account, {"run_retention_days": 5}, actor=BY)
    assert workspace_retention(owner.workspace).runs == 5
    changes = [entry.detail["changes"] for entry in Entry.objects.filter(action="retention.updated").order_by("id")]
    assert changes[0] == {"runs": {"from": None, "to": 20}, "logs": {"from": None, "to": 7}}


def test_nothing_of_a_workspace_on_hold_goes(owner: Person, organization: Organization) -> None:
    add_event(owner.workspace, 10)
    set_workspace_retention(owner.workspace, {"events": 5}, actor=BY)
    with pytest.raises(Invalid):
        set_hold(owner.workspace, reason=" ", actor=BY)
    set_hold(owner.workspace, reason="Case 7", actor=BY)
    with pytest.raises(Conflict):
        set_hold(owner.workspace, reason="Case 8", actor=BY)
    assert rows_to_remove(owner.workspace, workspace_retention(owner.workspace)).total == 0
    pruning.prune_workspaces()
    assert Event.objects.filter(workspace=owner.workspace).count() == 1
    with pytest.raises(Conflict, match="on legal hold"):
        delete_workspace(owner.workspace, actor=BY)
    with pytest.raises(Conflict, match="on legal hold"):
        delete_person(owner.user, actor=BY)
    set_hold(organization.workspace, reason="Case 9", actor=BY)
    with pytest.raises(Conflict, match="on legal hold"):
        delete_organization(organization.account, actor=BY)
    end_hold(owner.workspace, actor=BY)
    with pytest.raises(NotFound):
        end_hold(owner.workspace, actor=BY)
    pruning.prune_workspaces()
    assert Event.objects.filter(workspace=owner.workspace).count() == 0
    assert list(Removed.objects.values_list("kind", "rows", "workspace_name")) == [("events", 1, "Home of olga")]
    pruning.forget_history()
    assert Removed.objects.exists()
    Removed.objects.update(day=timezone.now().date() - timedelta(days=366))
    pruning.forget_history()
    assert not Removed.objects.exists()
    assert [e.detail["reason"] for e in Entry.objects.filter(action__startswith="legal-hold").order_by("id")] == [
        "Case 7", "Case 9", "Case 7",
    ]  # fmt: skip


def test_hold_stops_the_removal_from_the_trash(owner: Person) -> None:
    delete_workspace(owner.workspace, actor=BY)
    expire_trash()
    set_hold(owner.workspace, reason="Late", actor=BY)
    assert remove_batch() is False
    end_hold(owner.workspace, actor=BY)
    assert remove_batch() is True


def test_pruning_goes_on_after_it_was_killed_and_workspaces_take_turns(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (owner, stranger):
        fill(person)
        FlowRun.objects.filter(workspace=person.workspace).update(state_type="FAILED", end_time=days_ago(9))
        for _ in range(7):
            add_event(person.workspace, 9)
        set_workspace_retention(person.workspace, {"runs": 2, "events": 2, "logs": 2}, actor=BY)
    pruning._add_missing_rows()
    advance, calls = pruning._advance, []

    def fail_every_other_time(row: PruningProgress) -> None:
        advance(row)
        calls.append(row.workspace_id)
        if len(calls) % 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(pruning, "_advance", fail_every_other_time)
    monkeypatch.setattr(pruning, "_AFTER_ERROR", timedelta(0))
    for _ in range(200):
        if not pruning.prune_batch():
            break
    assert {owner.workspace.id, stranger.workspace.id} <= set(calls)
    assert len(set(calls[:4])) > 1
    assert counts(owner.workspace)["runs"] == counts(stranger.workspace)["logs"] == 0
    assert set(PruningProgress.objects.values_list("problem", flat=True)) == {""}
    progress = PruningProgress.objects.get(workspace=owner.workspace)
    assert (progress.pruned_at is None, progress.measured_at is None, progress.rows["runs"]) == (False, False, 0)


def test_audit_log_loses_its_old_end_but_nothing_that_a_stream_needs(owner: Person) -> None:
    for number in range(8):
        record("test.done", actor=BY, account_id=owner.account.id, object_id=str(number))
    chain_new_entries()
    total = Entry.objects.filter(account_id=owner.account.id).count()
    set_account_retention(owner.account, {"audit": 1}, actor=BY)
    assert "audit" not in account_preview(owner.account, {}).totals
    stream = AuditStream.objects.create(
        account=owner.account, address="https://a.example/", secret="", next_attempt_at=timezone.now(), position=4
    )

    def left() -> int:
        return Entry.objects.filter(account_id=owner.account.id, position__isnull=False).count()

    in_two_days = timezone.now() + timedelta(days=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: in_two_days)
        assert account_preview(owner.account, {}).totals["audit"] == 4
        pruning.prune_audit_logs()
        assert left() == total - 3  # a batch
        pruning.prune_audit_logs()
        assert left() == total - 4
        stream.delete()
        assert account_preview(owner.account, {"audit": 1}).totals["audit"] == total - 4
        set_hold(owner.workspace, reason="Case", actor=BY)
        assert "audit" not in account_preview(owner.account, {}).totals
        pruning.prune_audit_logs()
        assert left() == total - 4
        end_hold(owner.workspace, actor=BY)
        for _ in range(5):
            pruning.prune_audit_logs()
    assert left() == 0
    chain_new_entries()
    assert not verify_chain(owner.account.id).problem
    assert Checkpoint.objects.filter(account_id=owner.account.id, pruned=True).exists()
    assert Removed.objects.filter(account_id=owner.account.id, kind="audit").get().rows == total
