"""Add a row to every table of a workspace."""

import random
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from auditlog.actors import Actor
from config.demo.rows import Rows
from config.demo.timeline import TimelineEntry
from config.isolation.side import Side
from core.db.ids import new_id
from orgs.models import Team
from rbac import builtin
from rbac.access_lists import MANAGE, VIEW, AccessEntry, replace_list
from workspaces.concurrency.services.slots import acquire_slots
from workspaces.concurrency.services.tag_limits import set_tag_limit
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate
from workspaces.deployments.services.deployments import create_or_update_deployment, update_deployment
from workspaces.events.models import Event
from workspaces.retention.models import LegalHold, PruningProgress
from workspaces.retention.services import set_workspace_retention
from workspaces.run_keys.services import issue_run_keys
from workspaces.runs.models import FlowRun, FlowRunInput, TaskRun
from workspaces.runs.states import COMPLETED, PENDING, RUNNING
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable
from workspaces.work_pools.services.pools import create_pool, get_or_create_agent_pool
from workspaces.work_pools.services.queues import create_queue
from workspaces.work_pools.services.workers import note_heartbeat


def add_workspace_rows(side: Side, founder: User) -> dict[str, Any]:
    """Add one of everything that a workspace keeps, and return the ids."""
    mark, workspace, actor = side.mark, side.workspace, founder.as_actor()
    ids = _add_runs(side)
    ids |= _add_deployment(side, ids["flow_id"], actor)
    ids |= _add_work_pool(side, actor)
    ids |= _add_concurrency_limit(side, actor)
    variable = create_variable(workspace, name=mark, value=f"{mark} value", tags=[f"{mark}-tag"], actor=actor)
    search = create_saved_search(workspace, name=f"{mark} view", filters=[], actor=actor)
    return ids | {"variable_id": variable.id, "saved_search_id": search.id}


def add_workspace_retention(side: Side, founder: User) -> None:
    """Set how long the workspace keeps runs, and add a legal hold.

    On hold, the workspace can be neither deleted nor transferred.
    """
    set_workspace_retention(side.workspace, {"runs": 60}, actor=founder.as_actor())
    LegalHold.objects.create(workspace=side.workspace, reason=f"{side.mark} case", actor_name=side.mark)
    PruningProgress.objects.create(workspace=side.workspace, next_at=timezone.now())


def _add_work_pool(side: Side, actor: Actor) -> dict[str, Any]:
    """Add a work pool with a queue and a worker, all with the same name, and return the ids."""
    pool = create_pool(side.workspace, {"name": side.mark, "type": "process", "description": side.mark}, actor=actor)
    create_queue(get_or_create_agent_pool(side.workspace, actor=actor), {"name": side.mark}, actor=actor)
    note_heartbeat(pool, side.mark, interval=30, integrations=[], actor=actor)
    queue = create_queue(pool, {"name": side.mark, "description": side.mark}, actor=actor)
    return {"work_queue_id": queue.id, "work_pool_id": pool.id, "work_pool_name": pool.name}


def _add_concurrency_limit(side: Side, actor: Actor) -> dict[str, Any]:
    """Add the limit of a tag, with a lease, and return their ids."""
    limit, _ = set_tag_limit(side.workspace, side.mark, 5, actor=actor)
    acquired = acquire_slots(side.workspace, [limit.name], 1)
    return {"limit_id": limit.id, "id_or_name": limit.id, "tag": side.mark, "lease_id": acquired.lease_id}


def _add_deployment(side: Side, flow_id: UUID, actor: Actor) -> dict[str, Any]:
    """Add a deployment with a schedule, two versions and an access list, and return the ids."""
    mark = side.mark
    fields: dict[str, Any] = {
        "name": f"{mark} deployment", "flow_id": flow_id, "description": mark, "tags": [f"{mark}-tag"],
        "parameters": {mark: mark}, "version_info": {"type": mark, "version": "1"},
        "schedules": [{"schedule": {"cron": "0 6 * * *"}, "slug": mark}],
    }  # fmt: skip
    row, _ = create_or_update_deployment(
        side.workspace, DeploymentCreate.model_validate(fields), pool=None, existing=None, actor=actor
    )
    body = DeploymentUpdate.model_validate({"version_info": {"type": mark, "version": "2"}})
    update_deployment(row, body, pool=None, actor=actor)
    viewer = side.callers[f"workspace {builtin.VIEWER}"].user
    team = Team.objects.get(account=side.account, everyone=False)
    managers = AccessEntry(users=frozenset({viewer.id}), groups=frozenset({team.group_id}))
    entries = {VIEW: AccessEntry(everyone=True), MANAGE: managers}
    replace_list(row, entries)
    row.refresh_from_db()
    return {
        "deployment_id": row.id, "deployment_name": row.name, "schedule_id": row.schedules.get().id,
        "version_id": row.versions.earliest("id").id,
        "resource_id": f"prefect.deployment.{row.id}",
    }  # fmt: skip


def _add_runs(side: Side) -> dict[str, Any]:
    """Add a flow, its runs and what they leave, and return the ids."""
    mark, now = side.mark, timezone.now()
    began = now - timedelta(minutes=5)
    rows = Rows(side.workspace, now, random.Random(secrets.randbits(64)))  # noqa: S311  ids of rows, no secrets
    flow = rows.flow(f"{mark} flow", began)
    timeline = [TimelineEntry(began, PENDING, message=mark)]
    timeline.append(TimelineEntry(began + timedelta(seconds=1), RUNNING, message=mark))
    run = FlowRun(
        id=new_id(), workspace=side.workspace, flow=flow, name=f"{mark} run", tags=[f"{mark}-tag"],
        parameters={mark: mark},
    )  # fmt: skip
    rows.flow_run(run, timeline)
    task = TaskRun(
        id=new_id(), workspace=side.workspace, flow_run=run, name=f"{mark} task", task_key=f"{mark}-0",
        dynamic_key="0", tags=[f"{mark}-tag"],
    )  # fmt: skip
    rows.task_run(task, [*timeline, TimelineEntry(now, COMPLETED, message=mark)])
    child = FlowRun(id=new_id(), workspace=side.workspace, flow=flow, name=f"{mark} child", parent_task_run=task)
    rows.flow_run(child, timeline)
    rows.log(now, f"{mark} line", flow_run=run, task_run=task)
    rows.save()
    FlowRunInput.objects.create(
        workspace=side.workspace, flow_run=run, key=f"{mark}-input", value=f'"{mark}"', sender=mark
    )
    issue_run_keys(side.workspace, side.owner.user.api_keys.all()[0], [run.id])
    event = Event.objects.filter(workspace=side.workspace).latest("id")
    return {
        "flow_id": flow.id, "flow_run_id": run.id, "child_run_id": child.id, "task_run_id": task.id,
        "flow_run_state_id": rows.flow_run_states[0].id, "task_run_state_id": rows.task_run_states[0].id,
        "log_id": rows.logs[0].id, "event_id": event.id,
    }  # fmt: skip
