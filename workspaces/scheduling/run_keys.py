"""Give each run that a worker polls a key of its own (docs/work-pools.md, "Keys of runs")."""

from collections.abc import Sequence
from typing import Any

from accounts.models import ApiKey
from workspaces.models import Workspace
from workspaces.run_keys.services import issue_run_keys
from workspaces.runs.models import FlowRun

_ENV = "env"  # the variable of job templates with the environment of the process


def add_run_keys(workspace: Workspace, api_key: ApiKey, rows: Sequence[dict[str, Any]], *, basic: bool) -> None:
    """Add keys of runs to the job variables in the answer to a worker with this API key. They are not stored.

    They replace what the runs have under the same names. `basic` says that the worker has an auth string. Its runs
    inherit it, and the client prefers it to a key.
    """
    if not rows:
        return
    run_ids = [row["id"] for row in rows]
    keys = issue_run_keys(workspace, api_key, run_ids)
    stored = FlowRun.objects.filter(workspace=workspace, id__in=run_ids).values_list("id", "job_variables")
    variables = dict(stored)
    for row in rows:
        value = keys[row["id"]]
        own = variables.get(row["id"]) or {}
        env = own.get(_ENV)
        settings = _both_spellings("PREFECT_API_KEY", value)
        if basic:
            settings |= _both_spellings("PREFECT_API_AUTH_STRING", f"run:{value}")
        # The last ones: of two spellings of a setting, the client uses the last.
        others = {name: each for name, each in env.items() if name not in settings} if isinstance(env, dict) else {}
        row["job_variables"] = {**own, _ENV: others | settings}


def _both_spellings(name: str, value: str) -> dict[str, str]:
    """Return a setting of the client for a process, in upper and lower case.

    A process worker overwrites the first with its own setting. The client takes either.
    """
    return {name: value, name.lower(): value}
