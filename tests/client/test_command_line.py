"""`prefect cloud ...` against this site, as against Prefect Cloud."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.client.story import Server
from tests.prefect_client import PrefectClient
from tests.site import Site

pytestmark = [pytest.mark.client, pytest.mark.xdist_group("client")]

MakeClient = Callable[..., PrefectClient]


def test_login_list_set_run_logout(site: Site, stranger: dict[str, Any], prefect_client: MakeClient) -> None:
    first = site.bootstrap("client-ann", "first")
    second = site.bootstrap("client-ann", "second")
    client = prefect_client()

    said = client.prefect("cloud", "login", "--key", second["api_key"], "--workspace", "client-ann/first").stdout
    assert "Authenticated with Prefect Cloud! Using workspace 'client-ann/first'." in said

    listed = client.prefect("cloud", "workspace", "ls").stdout
    assert [name in listed for name in ("* client-ann/first", "client-ann/second", "client-stranger")] == [
        True,
        True,
        False,
    ]

    said = client.prefect("cloud", "workspace", "set", "--workspace", "client-ann/second").stdout
    assert "Successfully set workspace to 'client-ann/second'" in said

    client.run("failing.py", check=False)
    assert [run["name"] for run in Server(second["api_url"], second["api_key"]).runs_of("failing")] == ["failing-run"]
    assert Server(first["api_url"], first["api_key"]).runs_of("failing") == []

    said = client.prefect("cloud", "logout").stdout
    assert "Logged out from Prefect Cloud." in said
    assert client.prefect("cloud", "workspace", "ls", check=False).returncode == 1


def test_wrong_key_and_workspace_of_somebody_else_are_refused(
    owner: dict[str, Any], stranger: dict[str, Any], prefect_client: MakeClient
) -> None:
    client = prefect_client()
    wrong = owner["api_key"][:-4] + "AAAA"
    refused = client.prefect("cloud", "login", "--key", wrong, "--workspace", "client-owner/lab", check=False)
    assert refused.returncode == 1
    assert "Unable to authenticate with Prefect Cloud." in refused.stdout + refused.stderr
    refused = client.prefect(
        "cloud", "login", "--key", stranger["api_key"], "--workspace", "client-owner/lab", check=False
    )
    assert refused.returncode == 1
    assert "Workspace 'client-owner/lab' not found." in refused.stdout + refused.stderr
