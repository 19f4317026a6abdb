"""The deployments of the demo: one for each flow, with schedules, versions and, for some, parameters and a pool."""

from collections.abc import Sequence
from typing import Any

from auditlog.actors import Actor
from config.demo.company import Plan
from workspaces.deployments.models import Deployment
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate
from workspaces.deployments.services.deployments import create_or_update_deployment, update_deployment
from workspaces.models import Workspace
from workspaces.work_pools.models import WorkPool

_WEEKDAYS = {"schedule": {"cron": "30 6 * * 1-5", "timezone": "Europe/Berlin"}, "slug": "weekdays"}
_MONTHLY = {
    "schedule": {"rrule": "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18;BYMINUTE=0;BYSECOND=0", "timezone": "America/New_York"},
    "slug": "month-end",
    "active": False,
    "parameters": {"region": "all"},
}
_SCHEMA = {
    "type": "object",
    "title": "Parameters",
    "required": ["region", "retries"],
    "properties": {
        "region": {
            "title": "Region", "type": "string", "enum": ["emea", "apac", "americas", "all"], "position": 0,
            "description": "Where the orders were placed.",
        },
        "currency": {"title": "Currency", "type": "string", "default": "EUR", "position": 1},
        "since": {
            "title": "Since", "anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "position": 2,
            "description": "The first day of the report. Null is the first day of the month.",
        },
        "retries": {"title": "Retries", "type": "integer", "minimum": 0, "maximum": 10, "default": 2, "position": 3},
        "dry_run": {"title": "Dry run", "type": "boolean", "default": False, "position": 4},
        "recipients": {"title": "Recipients", "type": "array", "items": {"type": "string"}, "position": 5},
        "layout": {"title": "Layout", "allOf": [{"$ref": "#/definitions/Layout"}], "position": 6},
    },
    "definitions": {
        "Layout": {
            "type": "object",
            "title": "Layout",
            "properties": {
                "paper": {"title": "Paper", "type": "string", "enum": ["a4", "letter"], "default": "a4"},
                "scale": {"title": "Scale", "type": "number", "default": 1.0},
            },
        }
    },
}  # fmt: skip


def add_deployments(workspace: Workspace, plans: Sequence[Plan], *, actor: Actor) -> None:
    """Deploy the flows, and make their runs those of the deployments.

    Nobody runs them here, so the schedules of all but the first are paused.
    """
    for number, plan in enumerate(plans):
        flow = workspace.flows.get(name=plan.flow)
        fields: dict[str, Any] = {
            "name": "production",
            "flow_id": flow.id,
            "tags": list(plan.tags),
            "parameters": dict(plan.parameters),
            "entrypoint": f"flows/{plan.flow.replace('-', '_')}.py:main",
            "paused": number > 0,
            "schedules": [{"schedule": {"interval": plan.every_hours * 3600}, "slug": "regular"}],
            "version_info": _version(number, "Deploy"),
        }
        pool = None
        if number == 0:
            pool = WorkPool.objects.get(workspace=workspace, name="kubernetes-prod")
            fields["schedules"] += [_WEEKDAYS, _MONTHLY]
            fields |= {
                "description": "What was sold, by region, as a table and as a letter to the board.",
                "parameter_openapi_schema": _SCHEMA,
                "work_pool_name": pool.name,
                "concurrency_limit": 2,
            }
        body = DeploymentCreate.model_validate(fields)
        row, _ = create_or_update_deployment(workspace, body, pool=pool, existing=None, actor=actor)
        update_deployment(row, _again(number), pool=None, actor=actor)
        workspace.flowruns.filter(flow=flow, parent_task_run=None).update(
            deployment=row, work_queue=row.work_queue_id, work_queue_name=pool and "default"
        )
    Deployment.objects.filter(workspace=workspace, paused=False).update(status="READY")


def _again(number: int) -> DeploymentUpdate:
    """Return the request that deploys a newer version."""
    return DeploymentUpdate.model_validate({"version_info": _version(number + 1, "Retry when the source is slow")})


def _version(number: int, message: str) -> dict[str, str]:
    return {"type": "git", "version": f"4c1d7e{number}", "branch": "main", "message": message}
