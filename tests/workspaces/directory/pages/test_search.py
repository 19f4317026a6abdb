"""The search finds what a person may see, nothing else, and reads a limited number of rows."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from auditlog.actors import system
from orgs.services.organizations import update_account_settings
from rbac import permissions
from tests.cast import Organization, Person, make_colleague, share
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.directory import search as searching
from workspaces.directory.services import create_workspace

OUTSIDE: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.7"}


def found(client: Client, words: str, **more: Any) -> str:
    answer = client.get("/search", {"q": words, **more}, HTTP_X_PALETTE="1")
    assert answer.status_code == 200
    return text(answer)


def test_finds_workspaces_flows_runs_people_and_pages(organization: Organization) -> None:
    workspace = organization.workspace
    flow = stage.flow(workspace, "load-orders")
    run = stage.flow_run(flow, "jolly-fox", "RUNNING")
    client, here = visitor(organization.owner.user), {"workspace": str(workspace.id)}
    page = client.get("/search", {"q": "load-ord", **here}).content.decode()
    assert f'href="{root(workspace)}/flows/flow/{flow.id}"' in page
    assert "jolly-fox" in found(client, "JOLLY", **here)
    assert "jolly-fox" in found(client, str(run.id))  # an id is found in every workspace
    assert workspace.name in found(client, workspace.handle)
    person = organization.member.user
    assert person.email in found(client, person.email[:8])
    assert organization.account.name in found(client, "network access", **here)
    assert "Network access" in found(client, "network", account=str(organization.account.id))
    assert "API keys" in found(client, "")


def test_a_stranger_finds_nothing_of_others(organization: Organization, stranger: Person) -> None:
    workspace = organization.workspace
    flow = stage.flow(workspace, "load-orders")
    run = stage.flow_run(flow, "jolly-fox", "RUNNING")
    client = visitor(stranger.user)
    here = {"workspace": str(workspace.id), "account": str(organization.account.id)}
    for words in (
        "load-orders",
        "jolly",
        str(run.id),
        str(flow.id),
        organization.member.user.email,
        "initech",
        "members",
    ):
        answer = found(client, words, **here)
        assert not any(
            name in answer for name in ("load-orders", "jolly-fox", organization.member.user.email, "Initech")
        )


def test_finds_only_what_the_role_and_the_account_role_show(organization: Organization) -> None:
    flow = stage.flow(organization.workspace, "load-orders")
    stage.flow_run(flow, "jolly-fox", "RUNNING")
    other = create_workspace(organization.account, name="Vault", handle="vault", actor=system("tests"))
    stage.flow(other, "load-secrets")
    member, here = organization.member.user, {"workspace": str(other.id)}
    assert "load-" not in found(visitor(member), "load", **here)
    share(organization.workspace, member, "Viewer")
    assert "load-orders" in found(visitor(member), "load", **here)
    assert "load-secrets" not in found(visitor(member), "load", **here)
    assert "vault" not in found(visitor(member), "vault", **here)
    helper = make_colleague(organization.account, "helper", permissions.COLLABORATOR)
    assert helper.user.email in found(visitor(member), "helper@")
    assert helper.user.email not in found(visitor(helper.user), "helper@")


def test_a_closed_account_is_left_out(organization: Organization) -> None:
    stage.flow(organization.workspace, "load-orders")
    client = visitor(organization.owner.user)
    update_account_settings(
        organization.account, {"enforce_ip_allowlist": True}, address="127.0.0.1", actor=system("tests")
    )
    Account.objects.filter(id=organization.account.id).update(enforced_networks=["127.0.0.0/8"])
    here = {"workspace": str(organization.workspace.id)}
    assert "load-orders" in found(client, "load", **here)
    answer = client.get("/search", {"q": "load", **here}, HTTP_X_PALETTE="1", **OUTSIDE)
    assert "load-orders" not in text(answer)


@pytest.mark.parametrize("words", ["%", "_", "\\", "x" * 5000, "\x00", "'; --", "<script>"])
def test_odd_words_are_only_words(owner: Person, words: str) -> None:
    stage.flow(owner.workspace, "load-orders")
    page = visitor(owner.user).get("/search", {"q": words, "workspace": "no-id", "account": "\x00"})
    assert page.status_code == 200
    assert "load-orders" not in text(page)
    assert b"<script>" not in page.content


def test_names_are_escaped(owner: Person) -> None:
    stage.flow(owner.workspace, "<img src=x onerror=alert(1)>")
    page = visitor(owner.user).get("/search", {"q": "onerror"}, HTTP_X_PALETTE="1").content
    assert b"&lt;img src=x" in page
    assert b"<img src=x" not in page


def test_reads_and_shows_a_limited_number_of_rows(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_MOST_RUNS", 2)
    flow = stage.flow(owner.workspace, "etl")
    for name in ("fox-oldest", "fox-older", "fox-newest"):
        stage.flow_run(flow, name, "RUNNING")
    for number in range(9):
        stage.flow(owner.workspace, f"load-{number}")
    client = visitor(owner.user)
    answer = found(client, "fox", workspace=str(owner.workspace.id))
    assert "fox-newest" in answer and "fox-older" in answer and "fox-oldest" not in answer
    assert found(client, "load").count("load-") == 6
    assert queries(client, f"/search?q=load&workspace={owner.workspace.id}") <= 15


def test_the_search_is_only_read(owner: Person) -> None:
    assert visitor(owner.user).post("/search", {"q": "x"}).status_code == 405
    assert Client().get("/search?q=x", HTTP_X_PALETTE="1").status_code == 302


def test_single_keys_can_be_switched_off_and_on(owner: Person) -> None:
    client = visitor(owner.user)
    assert b" data-keys" in client.get("/search").content
    client.post("/my/shortcuts", {"shortcuts": "off"})
    assert b" data-keys" not in client.get("/search").content
    assert "are switched off" in text(client.get("/my/shortcuts"))
    client.post("/my/shortcuts", {"shortcuts": "on"})
    assert b" data-keys" in client.get("/search").content
