"""The start page of the admin shows the state of the installation, to operators only and with cheap queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis import RedisError

from accounts.models import OutgoingMail, User
from accounts.services.mail import queue_mail
from config import installation_state
from config.models import TaskReport
from config.task_reports import report_failure, report_success
from core.db.ids import first_id
from tests.cast import Person
from tests.visits import text, visitor
from tests.workspaces.runs import stage


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def test_operator_sees_mail_workers_storage_and_days(operator: User, owner: Person) -> None:
    OutgoingMail.objects.all().delete()
    queue_mail(recipient="mia@example.com", subject="Hello", text="x")
    flow = stage.flow(owner.workspace)
    for _ in range(3):
        stage.flow_run(flow)
    page = text(visitor(operator).get("/admin/"))
    assert "Waiting: 1, the oldest since 20" in page
    assert "No periodic task was done lately." in page
    today = timezone.now().date().isoformat()
    assert f"{today} 3 {User.objects.count()}" in page
    assert "Bailiwick 0.1.0" in page
    TaskReport.objects.create(name=installation_state.MAIL_TASK, succeeded_at=timezone.now(), failures=2)
    assert "No periodic task was done lately." not in text(visitor(operator).get("/admin/"))


def test_others_do_not_see_it(owner: Person) -> None:
    for client in (visitor(owner.user), Client()):
        answer = client.get("/admin/")
        assert (answer.status_code, b"This installation" in answer.content) == (302, False)


def test_counts_stop_at_a_limit_and_are_kept(operator: User, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation_state, "MOST_A_DAY", 2)
    client = visitor(operator)
    flow = stage.flow(owner.workspace)
    for _ in range(4):
        stage.flow_run(flow)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/admin/")
    assert [day.runs for day in page.context["state"].days][:2] == [3, 0]
    assert [query["sql"] for query in queries if "runs_flowrun" in query["sql"]] == []


def test_reading_that_fails_leaves_the_others(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(installation_state, "_mail", away)
    page = visitor(operator).get("/admin/")
    assert (page.status_code, page.context["state"].mail, page.context["state"].database_bytes > 0) == (200, None, True)


@pytest.mark.parametrize("error", [DatabaseError(), RedisError(), OSError()])
def test_what_cannot_be_read_is_unknown(operator: User, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def away(*args: Any) -> None:
        raise error

    for name in ("_mail", "_workers", "_days", "_database_bytes"):
        monkeypatch.setattr(installation_state, name, away)
    monkeypatch.setattr("shutil.disk_usage", away)
    page = visitor(operator).get("/admin/")
    assert (page.status_code, text(page).count("unknown") >= 3) == (200, True)


def test_ids_of_a_day_begin_with_its_time(db: None, owner: Person) -> None:
    now = timezone.now()
    first, last = first_id(now - timedelta(minutes=5)), first_id(now)
    assert first < owner.user.id < first_id(now + timedelta(seconds=1))
    assert first < last


def test_workers_report_their_tasks(db: None) -> None:
    class Task:
        name = "accounts.tasks.example"

    sender: Any = Task
    report_success(sender)
    report_failure(sender, ValueError("secret"))
    report_failure(sender, KeyError("secret"))
    report = TaskReport.objects.get(name=Task.name)
    assert (report.failures, report.last_error, report.succeeded_at is not None) == (2, "KeyError", True)


def test_admin_without_its_slash_redirects(operator: User) -> None:
    assert visitor(operator).get("/admin")["Location"] == reverse("admin:index")
