"""The demo's company: who and what is in it, and that its rows agree with each other."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Min
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from config.demo.company import EVERYONE, INVITED, PASSWORD, PEOPLE, SHARED, VARIABLES
from orgs.models import Invitation
from rbac.models import Grant
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun, FlowRunState, Log, TaskRun, TaskRunState
from workspaces.runs.states import RUNNING, TERMINAL
from workspaces.variables.models import Variable

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """What the command prints. It fills the database once for all tests, each of which takes back what it changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        out = StringIO()
        call_command("demo", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


def test_company_with_people_and_workspaces(demo: str) -> None:
    account = Account.objects.get(kind=Account.ORGANIZATION)
    members = account.memberships.filter(user__kind="user").order_by("created").values_list("user__first_name", "role")
    assert list(members) == [(first, role) for first, _, role in PEOPLE]
    assert sorted(account.workspaces.values_list("handle", flat=True)) == ["analytics", "operations"]
    founder = User.objects.get(email="maya@northwind.example")
    assert founder.check_password(PASSWORD)
    assert f"as {founder.email}, password {PASSWORD}" in demo


def test_workspaces_have_variables(demo: str) -> None:
    kept = Variable.objects.order_by("workspace__handle", "name").values_list("workspace__handle", "name", "value")
    assert list(kept) == sorted((place, name, value) for place, some in VARIABLES.items() for name, value, _ in some)


def test_company_shares_its_workspaces_in_every_way(demo: str) -> None:
    """People, a team, a service account and everyone, by built-in roles and one of its own; somebody is invited."""
    client = Client()
    client.force_login(User.objects.get(email="maya@northwind.example"))
    shown = ""
    for workspace in Workspace.objects.order_by("handle"):
        place = f"/account/{workspace.account_id}/workspace/{workspace.id}/settings/sharing"
        for tab in ("people", "teams", "service-accounts"):
            shown += client.get(place, {"tab": tab}).content.decode()
    for words in (
        "All members have the default role",
        "Data science",
        "nightly-runner",
        "On call",
        "Ravi Sandhu",
    ):
        assert words in shown
    held = Grant.objects.values_list("workspace__handle", "role__name").order_by("workspace__handle", "role__name")
    assert list(held) == sorted([*((place, role) for place, _, role in SHARED), *EVERYONE.items()])
    invited = Invitation.objects.get()
    assert (invited.email, invited.status, invited.workspace_role_id is not None) == (INVITED[0], "PENDING", True)


def test_every_workspace_has_a_week_and_a_present(demo: str) -> None:
    now = timezone.now()
    for workspace in Workspace.objects.all():
        runs = FlowRun.objects.filter(workspace=workspace)
        names = Counter(runs.values_list("state_name", flat=True))
        assert {"Completed", "Failed", "Running", "Scheduled", "Late"} <= set(names), workspace.handle
        earliest = runs.aggregate(first=Min("start_time"))["first"]
        assert earliest is not None
        assert now - earliest > timedelta(days=6)
        assert Log.objects.filter(workspace=workspace).count() > 100
    assert FlowRun.objects.filter(parent_task_run__isnull=False).exists()


def test_rows_agree_with_their_states(demo: str) -> None:
    """The columns say what the states say, and nothing lies in the future."""
    now = timezone.now()
    for runs, states, key in (
        (FlowRun.objects, FlowRunState.objects, "flow_run_id"),
        (TaskRun.objects, TaskRunState.objects, "task_run_id"),
    ):
        history: dict[object, list[FlowRunState | TaskRunState]] = {}
        for state in states.order_by("timestamp", "id"):
            history.setdefault(getattr(state, key), []).append(state)
        for run in runs.all():
            told = history[run.id]
            last = told[-1]
            assert last.timestamp <= now
            assert (run.state_id, run.state_type, run.state_name) == (last.id, last.type, last.name)
            assert run.run_count == sum(state.type == RUNNING for state in told)
            assert (run.end_time is not None) == (last.type in TERMINAL)


def test_second_time_changes_nothing(demo: str) -> None:
    before = FlowRun.objects.count()
    call_command("demo", stdout=StringIO())
    assert FlowRun.objects.count() == before
    assert Account.objects.filter(kind=Account.ORGANIZATION).count() == 1
