"""The list of all workspaces that a person may enter, and the same list in the switcher."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import AccountImage
from accounts.pages import PersonRequest, signed_in
from rbac.scopes import SEE_FLOWS, SEE_WORKSPACE_SETTINGS
from workspaces.access.access_reasons import DIRECT, Reason, reasons_in
from workspaces.directory.pages.create import create_form, open_owners
from workspaces.directory.pages.operator import has_no_workspaces, operator_page
from workspaces.directory.pages.run_counts import RunCounts, count_runs
from workspaces.directory.pages.workspace_groups import AccountGroup, load_groups, scopes_of, workspaces_in
from workspaces.models import Workspace
from workspaces.pages import SECTIONS

_SEARCHED_FROM = 8  # workspaces: with fewer, the switcher has no search


@dataclass(frozen=True, slots=True)
class Card:
    """A workspace with the reader's roles there, without roles whose scopes another one includes."""

    workspace: Workspace
    counts: RunCounts
    roles: str
    scopes: frozenset[str]
    may_leave: bool

    @property
    def sees_runs(self) -> bool:
        return SEE_FLOWS in self.scopes

    @property
    def sees_settings(self) -> bool:
        return SEE_WORKSPACE_SETTINGS in self.scopes


@signed_in
@require_safe
def all_workspaces(request: PersonRequest) -> HttpResponse:
    groups, complete = load_groups(request)
    workspaces = list(workspaces_in(groups))
    ids = [workspace.id for workspace in workspaces]
    if not ids and has_no_workspaces(request):
        return operator_page(request)
    any_shown = bool(ids) or any(group.closed for group in groups)
    runs, reasons = count_runs(ids), reasons_in(workspaces, request.user)
    roles, direct = _role_names(reasons), {reason.workspace.id for reason in reasons if reason.source == DIRECT}
    images = _image_times(groups)

    def card(workspace: Workspace) -> Card:
        run_counts = runs.get(workspace.id, RunCounts())
        role_names = roles.get(workspace.id, "")
        return Card(workspace, run_counts, role_names, scopes_of(workspace), workspace.id in direct)

    shown = [
        {
            "group": group,
            "image_changed": images.get(group.account.id),
            "cards": [card(workspace) for workspace in group.workspaces],
        }
        for group in groups
    ]
    context = {
        "groups": shown,
        "any": any_shown,
        "complete": complete,
        "form": None if any_shown else create_form(request, open_owners(request)),
        "may_create": any(group.may_create for group in groups),
        "may_found": request.user.personal_account_id is not None,
    }
    return render(request, "workspaces/list.html", context)


@signed_in
@require_safe
def switcher(request: PersonRequest) -> HttpResponse:
    """Return the list for the switcher, which loads it when it is opened. Its links lead to the same section."""
    wanted = request.GET.get("section", "")
    section = wanted if wanted in {section.name for section in SECTIONS} else "dashboard"
    groups, complete = load_groups(request)
    context = {
        "groups": groups,
        "section": section,
        "complete": complete,
        "searched": sum(len(group.workspaces) for group in groups) >= _SEARCHED_FROM,
        "at": request.GET.get("at", ""),
        "account_at": request.GET.get("account", ""),
        "may_found": request.user.personal_account_id is not None,
    }
    return render(request, "components/switcher_list.html", context)


def _role_names(reasons: list[Reason]) -> dict[UUID, str]:
    """Return by workspace the names of the user's roles, without roles whose scopes another one includes."""
    by_workspace: dict[UUID, dict[str, frozenset[str]]] = defaultdict(dict)
    for reason in reasons:
        by_workspace[reason.workspace.id][reason.role.name] = reason.role.all_scopes
    return {
        workspace: ", ".join(
            name for name, scopes in roles.items() if not any(scopes < others for others in roles.values())
        )
        for workspace, roles in by_workspace.items()
    }


def _image_times(groups: list[AccountGroup]) -> dict[UUID, datetime]:
    """Return when the image of each account was changed, for accounts that have one."""
    accounts = [group.account.id for group in groups if not group.closed]
    return dict(AccountImage.objects.filter(account__in=accounts).values_list("account", "updated"))
