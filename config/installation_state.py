"""Collect what the start page of the admin shows about the installation.

All queries are cheap, however much is stored.
"""

import os
import platform
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone
from redis import Redis, RedisError

from accounts.models import OutgoingMail, User
from accounts.services.mail import ATTEMPTS
from config.models import IsolationReport, TaskReport
from config.service_health import ServiceHealth, service_health
from core.db.ids import first_id
from workspaces.runs.models import FlowRun

DAYS = 7
MOST_WAITING = 1_000
MOST_A_DAY = 20_000
MAIL_TASK = "accounts.tasks.send_waiting_mail"
_PAST_DAY, _RECENT = 24 * 3600, 60  # seconds that counts are cached


@dataclass(frozen=True, slots=True)
class MailState:
    """Counts of waiting and abandoned mail, each up to MOST_WAITING. `oldest` is when the oldest was queued."""

    waiting: int
    oldest: datetime | None
    given_up: int


@dataclass(frozen=True, slots=True)
class DayCounts:
    """New runs and accounts of one day in UTC, each counted up to MOST_A_DAY."""

    day: str
    runs: int
    sign_ups: int


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The state of the background workers. `queue` is the number of queued tasks, or None if it is unknown.

    `late` means that the mail task, which runs periodically, has not succeeded for three of its intervals.
    """

    last_sweep: datetime | None
    late: bool
    queue: int | None


@dataclass(frozen=True, slots=True)
class InstallationState:
    """The state of the installation. A field is None if it could not be read."""

    versions: dict[str, str]
    database_bytes: int | None
    disk_free: int | None
    disk_total: int | None
    mail: MailState | None
    workers: WorkerState | None
    tasks: list[TaskReport] | None
    days: list[DayCounts] | None
    services: ServiceHealth | None
    isolation: IsolationReport | None  # None as well if it was never proven


def installation_state() -> InstallationState:
    disk = _none_if_unreadable(lambda: shutil.disk_usage(settings.DATA_DIR))
    return InstallationState(
        versions=versions(),
        database_bytes=_none_if_unreadable(_database_bytes),
        disk_free=disk and disk.free,
        disk_total=disk and disk.total,
        mail=_none_if_unreadable(_mail),
        workers=_none_if_unreadable(_workers),
        tasks=_none_if_unreadable(lambda: list(TaskReport.objects.order_by("name"))),
        days=_none_if_unreadable(_days),
        services=_none_if_unreadable(_services),
        isolation=_none_if_unreadable(IsolationReport.objects.first),
    )


def versions() -> dict[str, str]:
    return {
        "Bailiwick": version(),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "Database": _none_if_unreadable(_database_version) or "unknown",
    }


def _services() -> ServiceHealth:
    """Return the state of the background services. It is kept for a minute, as JSON."""
    health: Any = cache.get_or_set("installation-services", lambda: asdict(service_health()), _RECENT)
    return ServiceHealth(**health)


@lru_cache(maxsize=1)
def version() -> str:
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _none_if_unreadable(read: Callable[[], Any]) -> Any:
    """Return the result of `read`, or None if the database, the disk or Redis fails."""
    try:
        return read()
    except (DatabaseError, OSError, RedisError):
        return None


def _database_version() -> str:
    number = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {number}"


def _database_bytes() -> int:
    if connection.vendor == "sqlite":
        files = (Path(f"{connection.settings_dict['NAME']}{tail}") for tail in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _mail() -> MailState:
    unsent = OutgoingMail.objects.filter(sent_at=None).order_by("created")
    waiting = unsent.filter(attempts__lt=ATTEMPTS)
    return MailState(
        waiting=waiting[: MOST_WAITING + 1].count(),
        oldest=waiting.values_list("created", flat=True).first(),
        given_up=unsent.filter(attempts__gte=ATTEMPTS)[: MOST_WAITING + 1].count(),
    )


def _workers() -> WorkerState:
    last = TaskReport.objects.filter(name=MAIL_TASK).values_list("succeeded_at", flat=True).first()
    patience = timedelta(seconds=3 * max(settings.MAIL_SWEEP_SECONDS, 15))
    return WorkerState(
        last, late=last is None or timezone.now() - last > patience, queue=_none_if_unreadable(_queue_length)
    )


def _queue_length() -> int | None:
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as broker:
            return int(broker.llen("celery"))
    folder = str(settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("data_folder_in", ""))
    if not folder:
        return None
    with os.scandir(folder) as entries:
        return sum(1 for _, _ in zip(range(MOST_WAITING + 1), entries, strict=False))


def _days() -> list[DayCounts]:
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [_day(today - timedelta(days=ago), _RECENT if ago == 0 else _PAST_DAY) for ago in range(DAYS)]


def _day(start: datetime, kept: int) -> DayCounts:
    name = start.date().isoformat()
    key = f"installation-day:{name}:{'today' if kept == _RECENT else 'past'}"
    counts = cache.get(key)
    if counts is None:
        counts = [_count(FlowRun.objects.all(), start), _count(User.objects.all(), start)]
        cache.set(key, counts, kept)
    return DayCounts(name, *counts)


def _count(rows: QuerySet[Any], start: datetime) -> int:
    """Count the rows of a day by their ids, which begin with the time and are indexed."""
    day = rows.filter(id__gte=first_id(start), id__lt=first_id(start + timedelta(days=1)))
    return day.order_by()[: MOST_A_DAY + 1].count()
