"""Find the runs of a flow that failed with the same error, by the messages of their states."""

import re
from uuid import UUID

from django.db.models import CharField
from django.db.models.functions import Left

from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.runs.states import CRASHED, FAILED

NEWEST_RUNS = 1_000  # of the flow, among which runs with the same error are searched
_COMPARED = 300  # characters of a message
_VARYING = re.compile(r"[0-9a-fA-F]{8,}|[0-9]+")


def runs_with_same_error(workspace: Workspace, run: FlowRun) -> list[UUID]:
    """Return the ids of the newest runs of the flow that failed like this one, which is among them.

    Messages are the same if they differ only in numbers and ids. The list is empty for a run without a message.
    """
    error = _without_numbers(run.state.message if run.state else None)
    if not error or run.state_type not in (FAILED, CRASHED):
        return []
    newest = workspace.flowruns.filter(flow=run.flow_id).order_by("-id").values("id")[:NEWEST_RUNS]
    failed = workspace.flowruns.filter(id__in=newest, state_type__in=(FAILED, CRASHED))
    beginning = Left("state__message", _COMPARED, output_field=CharField())
    messages = failed.annotate(beginning=beginning).values_list("id", "beginning")
    same = {id for id, message in messages if _without_numbers(message) == error}
    return sorted(same | {run.id}, reverse=True)


def _without_numbers(message: str | None) -> str:
    return _VARYING.sub("0", (message or "")[:_COMPARED]).strip()
