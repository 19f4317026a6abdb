"""Whose server and whose client: a reference server beside ours, and people with workspaces of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.reference import running
from tests.prefect_client import PrefectClient
from tests.site import Site


@pytest.fixture(scope="session")
def reference(client_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectClient]:
    """A client of a running reference server; its address is in `settings["PREFECT_API_URL"]`."""
    home = tmp_path_factory.mktemp("reference")
    with running(client_venv, home) as api_url:
        yield PrefectClient(client_venv, home, {"PREFECT_API_URL": api_url})


@pytest.fixture(scope="session")
def owner(site: Site) -> dict[str, Any]:
    return site.bootstrap("client-owner", "lab")


@pytest.fixture(scope="session")
def stranger(site: Site) -> dict[str, Any]:
    return site.bootstrap("client-stranger", "secret")
