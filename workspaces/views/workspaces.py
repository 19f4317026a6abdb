"""All workspaces that somebody may enter, the switcher's list, and a new one."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.forms import blame
from accounts.models import Account
from accounts.models.accounts import handle_is_well_formed
from accounts.pages import PersonRequest, sent_once, signed_in
from workspaces.forms import CreateForm, possible_owners
from workspaces.models import Workspace
from workspaces.pages import SECTIONS, address
from workspaces.runs import states
from workspaces.runs.models import FlowRun
from workspaces.services import create_workspace
from workspaces.views.operator import operators_login, owns_nothing

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tally:
    """Runs of the last day."""

    runs: int = 0
    failed: int = 0
    completed: int = 0

    @property
    def other(self) -> int:
        return self.runs - self.failed - self.completed

    @property
    def failed_from(self) -> int:
        """Where the failed part of the bar begins."""
        return self.runs - self.failed


@dataclass(frozen=True, slots=True)
class Card:
    workspace: Workspace
    tally: Tally


@signed_in
@require_safe
def everything(request: PersonRequest) -> HttpResponse:
    found = list(_mine(request)[:_SHOWN])
    if not found and owns_nothing(request):
        return operators_login(request)
    tallies = _tallies([workspace.id for workspace in found])
    cards = [Card(workspace, tallies.get(workspace.id, Tally())) for workspace in found]
    groups = [(account, list(rows)) for account, rows in groupby(cards, key=lambda card: card.workspace.account)]
    form = CreateForm(request.user) if not found else None
    return render(request, "workspaces/list.html", {"groups": groups, "form": form})


@signed_in
@require_safe
def switcher(request: PersonRequest) -> HttpResponse:
    """The list inside the switcher, asked for when it is opened. Switching keeps the section."""
    wanted = request.GET.get("section", "")
    section = wanted if wanted in {section.name for section in SECTIONS} else "dashboard"
    rows = [(workspace, address(workspace, section)) for workspace in _mine(request)[:_SHOWN]]
    context = {"rows": rows, "at": request.GET.get("at", "")}
    return render(request, "components/switcher_list.html", context)


@signed_in
@sent_once
def create(request: PersonRequest) -> HttpResponse:
    if owns_nothing(request):
        return operators_login(request)
    form = CreateForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            workspace = create_workspace(
                data["owner"],
                name=data["name"].strip(),
                handle=data["handle"],
                description=data["description"],
                actor=request.user.as_actor(),
            )
            messages.success(request, f"The workspace “{workspace.name}” is ready.")
            return redirect(f"{address(workspace, 'settings')}#connect")
        except ValidationError as error:
            blame(form, error, "handle")
    return render(request, "workspaces/create.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def check(request: PersonRequest) -> HttpResponse:
    """The line under a handle's field while somebody types."""
    handle = request.GET.get("handle", "").strip().lower()[:200]
    note: dict[str, object] = {"handle": handle}
    owner = _owner(request)
    if handle and owner:
        try:
            handle_is_well_formed(handle)
            note["free"] = not owner.workspaces.filter(handle=handle).exists()
            note["problem"] = "" if note["free"] else f"{owner.handle} has a workspace with this handle."
            note["path"] = f"{owner.handle}/{handle}"
        except ValidationError as error:
            note["problem"] = error.messages[0]
    return render(request, "components/handle_note.html", note)


def _mine(request: PersonRequest) -> QuerySet[Workspace]:
    """The personal account's first, then by account and handle."""
    found = Workspace.objects.open_to(request.user).select_related("account", "account__image")
    return found.defer("account__image__content").order_by("-account__kind", "account__handle", "handle")


def _tallies(ids: list[UUID]) -> dict[UUID, Tally]:
    since = timezone.now() - timedelta(days=1)
    counted = (
        FlowRun.objects.filter(workspace__in=ids, expected_start_time__range=(since, timezone.now()))
        .values("workspace")
        .annotate(
            runs=Count("id"),
            failed=Count("id", filter=Q(state_type__in=[states.FAILED, states.CRASHED])),
            completed=Count("id", filter=Q(state_type=states.COMPLETED)),
        )
    )
    return {row["workspace"]: Tally(row["runs"], row["failed"], row["completed"]) for row in counted}


def _owner(request: PersonRequest) -> Account | None:
    try:
        return possible_owners(request.user).filter(id=UUID(request.GET.get("owner", ""))).first()
    except ValueError:
        return None
