"""Hooks by which other packages act before a flow is deleted, and add columns and tabs to the pages of flows.

`workspaces.flows` may not import packages that build on it, such as runs. Those register their hooks once, in
`AppConfig.ready()`:

    hooks.before_delete.append(delete_logs_of_flow)
    hooks.columns.append(FlowColumns(...))
    hooks.tabs.append(FlowTab(...))

Columns and tabs consist of a template and a function that returns the template's context.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.pages import WorkspaceRequest


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the list of flows. `column` is a column or annotation that is unique in the workspace.

    `parse` turns the value of the column in the page's query string into a value for the database.
    """

    key: str
    label: str
    column: str
    parse: Callable[[str], Any]
    descending: bool


@dataclass(frozen=True, slots=True)
class FlowColumns:
    """Columns of the list of flows.

    `annotate` adds to the queryset what `sorts` and `read` need. `read` takes the workspace, the flows of one page, and
    whether the list is filtered. It returns what `cells_template` shows of each flow as `cells`, by the flow's id, and
    after how many milliseconds the page should poll the list again.
    """

    head_template: str
    cells_template: str
    annotate: Callable[[QuerySet[Flow]], QuerySet[Flow]]
    read: Callable[[Workspace, Sequence[Any], bool], tuple[Mapping[UUID, Any], int]]
    sorts: tuple[Sort, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowTab:
    """A tab of a flow's page. When the page polls, only the `polled_template` is rendered, if there is one."""

    key: str
    label: str
    template: str
    context: Callable[[WorkspaceRequest, Flow], dict[str, Any]]
    polled_template: str = ""


# Called in the transaction that deletes a flow, before the flow and the rows that refer to it are deleted.
before_delete: list[Callable[[Workspace, Flow], None]] = []
columns: list[FlowColumns] = []
tabs: list[FlowTab] = []
