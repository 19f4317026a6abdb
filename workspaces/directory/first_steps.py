"""The first steps of a person: create a workspace, connect a client to it, run a flow there."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.pages import PersonRequest
from core.db import tenants
from core.db.ids import parse_uuid
from rbac import scopes
from workspaces.models import Workspace
from workspaces.pages import LAST_WORKSPACE
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.rows import FlowRunRow, flow_run_rows
from workspaces.runs.pages.run_lists import with_listed_columns
from workspaces.runs.states import TERMINAL
from workspaces.scoping import enter


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which of the first steps the person has completed.

    `connected` means that a client has used one of their keys. `first_run` is the first run of the workspace, or None
    until the person is connected, since somebody else may have started it.
    """

    workspace: Workspace | None = None
    may_run: bool = False
    may_see_settings: bool = False
    connected: bool = False
    first_run: FlowRunRow | None = None

    @property
    def finished(self) -> bool:
        return self.first_run is not None and self.first_run.run.state_type in TERMINAL


def first_steps(request: PersonRequest, closed: Collection[UUID]) -> FirstSteps:
    """Return the steps for the workspace in the query string, the one visited last, or the newest one.

    `closed` are the ids of accounts that the person may not enter now.
    """
    workspace = _chosen_workspace(request, closed)
    access = enter(request.user, workspace.id) if workspace else None
    if workspace is None or access is None:
        return FirstSteps()
    tenants.reach(workspace.id)
    run = None
    if access.allows(scopes.SEE_FLOWS):
        run = with_listed_columns(workspace.flowruns.all()).order_by("id").first()
    connected = _is_connected(request.user, workspace, run)
    row = flow_run_rows(workspace, [run])[0] if run and connected else None
    may_run, may_see_settings = access.allows(scopes.RUN_FLOWS), access.allows(scopes.SEE_WORKSPACE_SETTINGS)
    return FirstSteps(workspace, may_run, may_see_settings, connected, row)


def _chosen_workspace(request: PersonRequest, closed: Collection[UUID]) -> Workspace | None:
    rows = Workspace.objects.open_to(request.user).exclude(account__in=closed).select_related("account")
    for text in (request.GET.get("workspace"), request.COOKIES.get(LAST_WORKSPACE)):
        workspace_id = parse_uuid(text)
        if workspace_id and (workspace := rows.filter(id=workspace_id).first()):
            return workspace
    return rows.order_by("-id").first()


def _is_connected(user: User, workspace: Workspace, run: FlowRun | None) -> bool:
    """Return whether a client has used a key of the person.

    A run in their personal account is proof too, since they may have revoked the key by now.
    """
    if run is not None and workspace.account.user_id == user.id:
        return True
    return user.api_keys.filter(last_used_at__isnull=False).exists()
