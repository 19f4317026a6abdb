"""The standing stage: the live site, the real client, the real browser."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import TransactionTestCase
from django.utils import timezone

import config.wsgi  # noqa: F401  early, because it changes the settings
from auditlog.models import Checkpoint, Entry, Pruning
from core import downloads
from core.db import policies, tenants
from tests.browser import browser, complaints, context, no_loop_of_the_browser, page
from tests.cast import operator, organization, owner, stranger
from tests.ci_halves import choose_half
from tests.feeder import feeder
from tests.hands import hands
from tests.limits import LIMITERS
from tests.prefect_client import PrefectClient, cloud_settings, environment, signed_in
from tests.site import Site

__all__ = [
    "browser",
    "complaints",
    "context",
    "feeder",
    "hands",
    "operator",
    "organization",
    "owner",
    "page",
    "stranger",
]


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """Tries at signing in are counted in the cache; those of one test are not held against the next.

    Rate limits are counted in the process, too, and so are downloads that the test client did not read to the end.
    """
    cache.clear()
    downloads.running.clear()
    for limiter in LIMITERS:
        limiter.clear()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site, one for all tests of a worker: make people and workspaces of your own in it (`bootstrap`)."""
    for made in _running(tmp_path_factory.mktemp("site")):
        yield made
        assert made.complaints() == []


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A running site for one test that ill-treats it."""
    yield from _running(tmp_path / "site")


def _running(data_dir: Path) -> Iterator[Site]:
    made = Site(data_dir)
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="session")
def client_venv() -> Path:
    return environment()


@pytest.fixture(scope="session")
def prefect_client(
    client_venv: Path, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., PrefectClient]:
    """Makes a client of the live site: `prefect_client(workspace)` has its key, `prefect_client()` has none yet."""

    def make(workspace: dict[str, Any] | None = None, **more: str) -> PrefectClient:
        settings = cloud_settings(site.url) if workspace is None else signed_in(workspace, site.url)
        return PrefectClient(client_venv, tmp_path_factory.mktemp("home"), {**settings, **more})

    return make


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Make this no web process again: many tests import `config.wsgi`."""
    connection.settings_dict.pop("ROLE", None)
    tenants.process.outside_requests = tenants.ALL


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Take the role of the workers on PostgreSQL, to whom row-level security applies, unlike to a superuser."""
    yield from as_role(policies.role_of(policies.WORKER))


def as_role(role: str) -> Iterator[None]:
    before = connection.settings_dict.get("ROLE", "")
    connection.close()
    connection.settings_dict["ROLE"] = role
    yield
    connection.close()
    connection.settings_dict["ROLE"] = before


@pytest.fixture(autouse=True, scope="session")
def _audit_log_can_be_emptied() -> None:
    """Tests with real transactions empty all tables at their end. The audit log refuses that unless it is empty."""
    cases: Any = TransactionTestCase  # the stubs leave out its methods
    flush = cases._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with transaction.atomic():
            marker = Pruning.objects.create(started=timezone.now())
            QuerySet(Entry).delete()
            QuerySet(Checkpoint).delete()
            marker.delete()
        with contextmanager(as_role)(""):  # only the owner of the tables may empty them
            flush(case)

    cases._fixture_teardown = teardown


LIVE = {"site", "own_site", "live_server", "client_venv", "browser", "reference"}


def pytest_itemcollected(item: pytest.Item) -> None:
    choose_half(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    with no_loop_of_the_browser():
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests against running processes come first: they are the longest, and none of them should begin last.

    The tests of a file run in one process and share what it starts (`--dist loadfile`).
    """
    items.sort(key=lambda item: LIVE.isdisjoint(getattr(item, "fixturenames", ())))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Skipped tests of the browser or the client are said loudly: a green run without them proves less."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} browser tests did not run: there is no Chromium on this machine.")
