"""Hooks by which runs, which are on a higher floor, follow what happens to a deployment and appear on its pages.

`workspaces.runs` registers them in `AppConfig.ready()`:

    hooks.remove_scheduled_runs.append(remove_scheduled_runs)
    hooks.columns.append(DeploymentColumns(...))
    hooks.tabs.append(DeploymentTab(...))

Columns and tabs consist of a template and a function that returns the template's context. People who lack the scope do
not see them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest


@dataclass(frozen=True, slots=True)
class DeploymentColumns:
    """Columns of the list. `read` returns what `cells_template` shows of each deployment as `cells`, by its id."""

    scope: str
    head_template: str
    cells_template: str
    read: Callable[[Workspace, Sequence[Deployment]], Mapping[UUID, Any]]


@dataclass(frozen=True, slots=True)
class DeploymentTab:
    """A tab of a deployment's page. When the page polls, only the `polled_template` is rendered, if there is one."""

    scope: str
    key: str
    label: str
    template: str
    context: Callable[[WorkspaceRequest, Deployment], dict[str, Any]]
    polled_template: str = ""


# Called with a deployment, whether to remove only the runs that its schedules have created, and whether to remove only
# runs that start in the future. Removes runs that are scheduled and have never run.
remove_scheduled_runs: list[Callable[[Deployment, bool, bool], None]] = []
columns: list[DeploymentColumns] = []
tabs: list[DeploymentTab] = []
