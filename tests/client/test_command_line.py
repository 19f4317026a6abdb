"""`prefect cloud ...` against this site, as against Prefect Cloud."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.client.story import Server
from tests.prefect_client import PrefectClient, signed_in
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="what the command line says; the endpoints have tests on PostgreSQL"),
]

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
    wrong = owner["api_key"][:-4] + "AAAA"
    with prefect_client().commands() as command:
        for key, refusal in (
            (wrong, "Unable to authenticate with Prefect Cloud."),
            (stranger["api_key"], "Workspace 'client-owner/lab' not found."),
        ):
            code, output = command("cloud", "login", "--key", key, "--workspace", "client-owner/lab")
            assert (code, refusal in output) == (1, True), output


def test_environment_variables_of_the_settings_page_are_enough(site: Site) -> None:
    """Without a profile, as a service runs it. `test_scripts.py` runs flows with the same variables."""
    owner = site.bootstrap("client-service", "lab")
    lines = site.manage(
        "shell", "-v", "0", "-c",
        "from workspaces.client_setup import environment_variables; from workspaces.models import Workspace; "
        f"w = Workspace.objects.get(id='{owner['workspace_id']}'); "
        f"print(*(f'{{k}}={{v}}' for k, v in environment_variables(w, '{owner['api_key']}').items()), sep='\\n')",
    )  # fmt: skip
    values = dict(line.split("=", 1) for line in lines.strip().splitlines() if line.startswith("PREFECT_"))
    assert values == signed_in(owner, site.url)


def test_service_account_signs_in_and_runs_where_it_was_let_in(site: Site, prefect_client: MakeClient) -> None:
    account = site.bootstrap("client-initech", "lab", email="owner@client-initech.example", organization=True)
    site.bootstrap("client-initech", "closed", email="owner@client-initech.example", organization=True)
    with httpx.Client(headers={"Authorization": f"Bearer {account['api_key']}"}, trust_env=False, timeout=30) as http:
        bot = http.post(f"{site.api_url}/accounts/{account['account_id']}/bots/", json={"name": "ci"}).json()
        roles = http.post(f"{site.api_url}/accounts/{account['account_id']}/workspace_roles/filter").json()
        role = next(one["id"] for one in roles if one["name"] == "Developer")
        item = {"bot_id": bot["id"], "workspace_role_id": role}
        assert http.post(f"{account['api_url']}/bot_access/", json=[item]).status_code == 200
    key, client = bot["api_key"]["key"], prefect_client()
    assert key.startswith("pnb_")

    refused = client.prefect("cloud", "login", "--key", key, "--workspace", "client-initech/closed", check=False)
    assert "Workspace 'client-initech/closed' not found." in refused.stdout + refused.stderr
    said = client.prefect("cloud", "login", "--key", key, "--workspace", "client-initech/lab").stdout
    assert "Authenticated with Prefect Cloud! Using workspace 'client-initech/lab'." in said
    listed = client.prefect("cloud", "workspace", "ls").stdout
    assert ["* client-initech/lab" in listed, "closed" in listed] == [True, False]
    client.run("failing.py", check=False)
    assert [run["name"] for run in Server(account["api_url"], key).runs_of("failing")] == ["failing-run"]
