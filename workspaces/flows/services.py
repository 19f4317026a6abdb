"""What can happen to a flow."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.actors import Actor
from auditlog.statements import Prepared, all_columns, load
from workspaces.audit import record_in
from workspaces.flows.models import Flow
from workspaces.models import Workspace

_by_name = Prepared(
    lambda workspace, name: Flow.objects.filter(workspace=workspace, name=name).values_list(*all_columns(Flow))
)


def ensure_flow(
    workspace: Workspace, *, name: str, tags: list[str], labels: dict[str, Any], actor: Actor
) -> tuple[Flow, bool]:
    """The workspace's flow of that name, unchanged when it exists; and whether it is new."""
    row = _by_name.first(workspace.id, name)
    if row is not None:
        return load(Flow, row), False
    now = timezone.now()
    flow = Flow(workspace=workspace, name=name, tags=tags, labels=labels, created=now, updated=now)
    with transaction.atomic():
        # Two clients may bring the same flow at once: the first row stays.
        Flow.objects.bulk_create([flow], ignore_conflicts=True)
        kept = Flow.objects.get(workspace=workspace, name=name)
        if kept.id == flow.id:
            record_in(workspace, "flow.created", actor=actor, object_id=kept.id, object_name=name)
    return kept, kept.id == flow.id


@transaction.atomic
def tag_flow(workspace: Workspace, flow_id: UUID, *, tags: list[str], actor: Actor) -> bool:
    """Replace the flow's tags. False when the workspace has no such flow."""
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
