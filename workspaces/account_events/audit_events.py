"""Audit entries and workspace events in the shape of an account's events (docs/contract/events.md, "Of an account")."""

from typing import Any
from uuid import UUID

from auditlog.actors import SERVICE_ACCOUNT, SYSTEM, USER
from auditlog.models import Entry
from workspaces.events.models import Event
from workspaces.events.services import wire_event

PREFIX = "prefect-cloud."
_ACTOR_KINDS = {USER: "user", SERVICE_ACCOUNT: "service-account", SYSTEM: "system"}


def audit_event(entry: Entry, account_id: UUID) -> dict[str, Any]:
    """Return an audit entry as an event, such as `prefect-cloud.team.created`.

    The payload has the details of the entry, among them the changed fields as {"from", "to"}, and the request.
    """
    noun = entry.action.partition(".")[0]
    return {
        "id": entry.id,
        "occurred": entry.occurred,
        "event": f"{PREFIX}{entry.action}",
        "resource": _resource(noun, entry.object_id, entry.object_name),
        "related": _related(entry, account_id),
        "payload": {
            "detail": entry.detail,
            "result": entry.result,
            "request_id": str(entry.request_id) if entry.request_id else None,
            "ip_address": entry.address,
            "user_agent": entry.user_agent,
        },
        "follows": None,
        "received": entry.occurred,
        "account": account_id,
        "workspace": entry.workspace_id,
    }


def workspace_event(event: Event, account_id: UUID) -> dict[str, Any]:
    """Return an event of a workspace with its account and workspace."""
    return wire_event(event) | {"account": account_id, "workspace": event.workspace_id}


def _related(entry: Entry, account_id: UUID) -> list[dict[str, str]]:
    actor = _resource(_ACTOR_KINDS[entry.actor_kind], str(entry.actor_id or entry.actor_name), entry.actor_name)
    related = [
        actor | {"prefect.resource.role": "actor"},
        {"prefect.resource.id": f"{PREFIX}account.{account_id}", "prefect.resource.role": "account"},
    ]
    if entry.workspace_id:
        workspace = {"prefect.resource.id": f"{PREFIX}workspace.{entry.workspace_id}"}
        related.append(workspace | {"prefect.resource.role": "workspace"})
    return related


def _resource(noun: str, object_id: str, name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"{PREFIX}{noun}.{object_id}", "prefect.resource.name": name}
