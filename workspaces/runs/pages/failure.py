"""Explain a failed flow run: the end of its traceback, runs with the same error, and the last good run."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Right
from django.http import QueryDict
from django.utils import timezone

from core.pages.query_strings import query_string, shortened
from workspaces.models import Workspace
from workspaces.pages import address
from workspaces.runs.models import FlowRun, Log
from workspaces.runs.pages.rows import elapsed_time
from workspaces.runs.pages.same_error import NEWEST_RUNS, runs_with_same_error
from workspaces.runs.pages.traceback_frames import TAIL, TracebackEnd, last_traceback
from workspaces.runs.states import COMPLETED, CRASHED, FAILED

_ERROR_LEVEL = 40
_LINES_SEARCHED = 5
_MOST_DIFFERENCES, _LONGEST_VALUE = 20, 200


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A value that differs between the last good run and the failed one."""

    name: str
    good: str
    failed: str


@dataclass(frozen=True, slots=True)
class LastGoodRun:
    """The last run of the flow that completed before the failed one.

    `more` is the number of differences beyond those listed.
    """

    run: FlowRun
    differences: list[RunDifference]
    more: int
    elapsed: timedelta | None


def failure_context(workspace: Workspace, run: FlowRun) -> dict[str, Any]:
    """Return the template context that explains a failed flow run. It is empty for other runs."""
    if run.state_type not in (FAILED, CRASHED):
        return {}
    same = runs_with_same_error(workspace, run)
    params = QueryDict(mutable=True)
    params.update({"same-error": str(run.id), "sort": "created"})
    return {
        "failure": _failure(workspace, run),
        "same_error": len(same),
        "same_error_url": address(workspace, "runs") + query_string(params, {}),
        "newest_runs": NEWEST_RUNS,
        "last_good": _last_good_run(workspace, run),
        "elapsed": elapsed_time(run, timezone.now()),
    }


def _failure(workspace: Workspace, run: FlowRun) -> TracebackEnd | None:
    """Return the end of the last traceback in the log or, if it has none, in the state's message."""
    errors: QuerySet[Log] = workspace.logs.filter(flow_run_id=run.id, level__gte=_ERROR_LEVEL)
    newest = errors.order_by("-timestamp", "-id").annotate(end=Right("message", TAIL))
    texts = list(newest.values_list("end", flat=True)[:_LINES_SEARCHED])
    if run.state and run.state.message:
        texts.append(run.state.message)
    return next((failure for text in texts if (failure := last_traceback(text))), None)


def _last_good_run(workspace: Workspace, run: FlowRun) -> LastGoodRun | None:
    earlier = workspace.flowruns.filter(flow=run.flow_id, id__lt=run.id).order_by("-id").values("id")[:NEWEST_RUNS]
    good = workspace.flowruns.filter(id__in=earlier, state_type=COMPLETED).order_by("-id").first()
    if good is None:
        return None
    differences = _differences(good, run)
    more = max(len(differences) - _MOST_DIFFERENCES, 0)
    return LastGoodRun(good, differences[:_MOST_DIFFERENCES], more, elapsed_time(good, timezone.now()))


def _differences(good: FlowRun, failed: FlowRun) -> list[RunDifference]:
    found = []
    if good.flow_version != failed.flow_version:
        found.append(RunDifference("Flow version", good.flow_version or "none", failed.flow_version or "none"))
    before, after = _parameters(good), _parameters(failed)
    for name in sorted(before.keys() | after.keys()):
        values = [_as_text(parameters, name) for parameters in (before, after)]
        if values[0] != values[1]:
            found.append(RunDifference(shortened(f"Parameter {name}", 80), *(_excerpts(*values))))
    return found


def _parameters(run: FlowRun) -> dict[str, Any]:
    return run.parameters if isinstance(run.parameters, dict) else {}


def _as_text(parameters: dict[str, Any], name: str) -> str:
    return json.dumps(parameters[name], ensure_ascii=False, sort_keys=True) if name in parameters else "not set"


def _excerpts(good: str, failed: str) -> tuple[str, str]:
    """Return the parts of two long values around the first difference."""
    same = next((place for place, pair in enumerate(zip(good, failed, strict=False)) if pair[0] != pair[1]), 0)
    start = max(same - _LONGEST_VALUE // 2, 0)
    return _excerpt(good, start), _excerpt(failed, start)


def _excerpt(text: str, start: int) -> str:
    return ("…" if start else "") + shortened(text[start:], _LONGEST_VALUE)
