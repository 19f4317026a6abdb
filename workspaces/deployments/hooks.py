"""Hooks by which runs, which are on a higher floor, follow what happens to a deployment.

`workspaces.runs` registers them in `AppConfig.ready()`:

    hooks.remove_scheduled_runs.append(remove_scheduled_runs)
"""

from collections.abc import Callable

from workspaces.deployments.models import Deployment

# Called with a deployment, whether to remove only the runs that its schedules have created, and whether to remove only
# runs that start in the future. Removes runs that are scheduled and have never run.
remove_scheduled_runs: list[Callable[[Deployment, bool, bool], None]] = []
