"""The standing stage: the live site, the real client, the real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.browser import browser, complaints, context, page
from tests.cast import operator, organization, owner, stranger
from tests.prefect_client import PrefectClient, cloud_settings, environment, signed_in
from tests.site import Site

__all__ = ["browser", "complaints", "context", "operator", "organization", "owner", "page", "stranger"]


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """Tries at signing in are counted in the cache; those of one test are not held against the next."""
    cache.clear()


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


@pytest.fixture
def prefect_client(
    client_venv: Path, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., PrefectClient]:
    """Makes a client of the live site: `prefect_client(workspace)` has its key, `prefect_client()` has none yet."""

    def make(workspace: dict[str, Any] | None = None, **more: str) -> PrefectClient:
        settings = cloud_settings(site.url) if workspace is None else signed_in(workspace, site.url)
        return PrefectClient(client_venv, tmp_path_factory.mktemp("home"), {**settings, **more})

    return make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Skipped tests of the browser or the client are said loudly: a green run without them proves less."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} browser tests did not run: there is no Chromium on this machine.")
