"""Create, tag and delete flows."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from core.db.statements import Prepared, all_columns, load
from workspaces.audit import record_in
from workspaces.caps import check_workspace_cap
from workspaces.flows import hooks
from workspaces.flows.models import Flow
from workspaces.models import Workspace

_by_name = Prepared(
    lambda workspace, name: Flow.objects.filter(workspace=workspace, name=name).values_list(*all_columns(Flow))
)


def get_or_create_flow(
    workspace: Workspace, *, name: str, tags: list[str], labels: dict[str, Any], actor: Actor
) -> tuple[Flow, bool]:
    """Return the workspace's flow with this name, and whether it was created. An existing flow is not changed.

    Raises `Invalid` if the workspace has as many flows as it may have.
    """
    row = _by_name.first(workspace.id, name)
    if row is not None:
        return load(Flow, row), False
    now = timezone.now()
    flow = Flow(workspace=workspace, name=name, tags=tags, labels=labels, created=now, updated=now)
    with transaction.atomic():
        check_workspace_cap(workspace, "flows", Flow.objects.filter(workspace=workspace))
        # If two clients create the same flow at once, the first row stays.
        Flow.objects.bulk_create([flow], ignore_conflicts=True)
        stored = Flow.objects.get(workspace=workspace, name=name)
        if stored.id == flow.id:
            record_in(workspace, "flow.created", actor=actor, object_id=stored.id, object_name=name)
    return stored, stored.id == flow.id


@transaction.atomic
def set_flow_tags(workspace: Workspace, flow_id: UUID, *, tags: list[str], actor: Actor) -> bool:
    """Replace the tags of a flow. Return False if the workspace has no flow with this id."""
    flow = Flow.objects.select_for_update().filter(workspace=workspace, id=flow_id).first()
    if flow is None:
        return False
    before, flow.tags, flow.updated = flow.tags, tags, timezone.now()
    flow.save(update_fields=["tags", "updated"])
    record_in(
        workspace,
        "flow.updated",
        actor=actor,
        object_id=flow.id,
        object_name=flow.name,
        tags={"from": before, "to": tags},
    )
    return True


@transaction.atomic
def delete_flow(workspace: Workspace, flow: Flow, *, actor: Actor) -> bool:
    """Delete a flow with its runs and their task runs and logs. Return False if it was already deleted."""
    if Flow.objects.select_for_update().filter(workspace=workspace, id=flow.id).first() is None:
        return False
    record_in(workspace, "flow.deleted", actor=actor, object_id=flow.id, object_name=flow.name)
    for hook in hooks.before_delete:
        hook(workspace, flow)
    flow.delete()
    return True
