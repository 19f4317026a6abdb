"""Work for the task queue leaves after the commit, and a broker that is away stops no request."""

import re
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.db import transaction
from django.utils.module_loading import import_string

from accounts.tasks import send_mail
from core.task_queue import enqueue_on_commit

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAINS = ("core", "auditlog", "accounts", "rbac", "orgs", "workspaces", "transfers", "config")


def test_every_queued_name_is_a_task() -> None:
    sources = [path.read_text() for domain in DOMAINS for path in (ROOT / domain).rglob("*.py")]
    names = {name for source in sources for name in re.findall(r'enqueue_on_commit\(\s*"([^"]+)"', source)}
    assert len(names) >= 3
    for name in names:
        task = import_string(name)
        assert isinstance(task, Task) and task.name == name


def test_task_is_queued_after_the_commit(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[Any] = []
    monkeypatch.setattr(send_mail, "apply_async", queued.append)
    with transaction.atomic():
        enqueue_on_commit("accounts.tasks.send_mail", "an id")
        assert queued == []
    assert queued == [("an id",)]


def test_unknown_task_is_an_error_at_once(db: None) -> None:
    with pytest.raises(ImportError):
        enqueue_on_commit("accounts.tasks.send_letter", "an id")


def test_unreachable_broker_is_logged(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(args: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(send_mail, "apply_async", fail)
    enqueue_on_commit("accounts.tasks.send_mail", "an id")
    assert "Could not queue accounts.tasks.send_mail: no broker" in caplog.text
