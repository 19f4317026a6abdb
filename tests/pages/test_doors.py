"""Who may open which page: signed out, a stranger, somebody inside."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from orgs.models import Membership
from rbac import scopes
from tests.cast import Organization, Person
from tests.visits import comparable, root, text, visitor
from workspaces import scoping
from workspaces.directory.services import create_workspace

OPEN = ["/auth/sign-in", "/auth/sign-up", "/auth/reset", "/auth/reset/sent", "/auth/reset/done", "/auth/inactive"]
PERSONAL = [
    "/",
    "/welcome",
    "/workspaces",
    "/workspaces/create",
    "/workspaces/switcher",
    "/workspaces/handle?handle=x",
    "/my/profile",
    "/my/password",
    "/my/shortcuts",
    "/search?q=x",
    "/my/api-keys",
    "/my/api-keys/create",
    "/my/invitations",
    "/auth/client?callback=http%3A//localhost%3A4242",
]
OF_A_WORKSPACE = ["/settings", "/settings/edit", "/settings/delete", "/settings/transfer"]


@pytest.mark.parametrize("path", OPEN)
def test_anybody_opens(db: None, path: str) -> None:
    assert Client().get(path).status_code == 200


def test_icon_is_found_at_the_old_place(db: None) -> None:
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/favicon.svg")


@pytest.mark.parametrize("path", PERSONAL)
def test_personal_page_asks_to_sign_in_and_comes_back(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/auth/sign-in?next={quote(path)}")


@pytest.mark.parametrize("path", PERSONAL)
def test_personal_page_opens_for_its_person_and_is_kept_by_no_cache(owner: Person, path: str) -> None:
    answer = visitor(owner.user).get(path)
    assert answer.status_code == (302 if path == "/" else 200)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("page", OF_A_WORKSPACE)
def test_workspace_page_asks_to_sign_in(owner: Person, page: str) -> None:
    path = root(owner.workspace) + page
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/auth/sign-in?next={quote(path)}")


@pytest.mark.parametrize("page", ["", "/runs", "/flows", "/variables", *OF_A_WORKSPACE])
def test_workspace_page_is_kept_by_no_cache(owner: Person, page: str) -> None:
    """Nothing of it comes back after sign-out."""
    answer = visitor(owner.user).get(root(owner.workspace) + page)
    while answer.status_code == 302:
        answer = visitor(owner.user).get(answer["Location"])
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", OF_A_WORKSPACE)
def test_stranger_gets_the_answer_of_a_missing_workspace(
    owner: Person, stranger: Person, page: str, method: str
) -> None:
    missing = f"/account/{owner.account.id}/workspace/{uuid4()}{page}"
    of_another_account = f"/account/{stranger.account.id}/workspace/{owner.workspace.id}{page}"
    answers = [
        getattr(visitor(stranger.user), method)(path)
        for path in (root(owner.workspace) + page, missing, of_another_account)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({comparable(answer) for answer in answers}) == 1
    assert visitor(owner.user).get(root(owner.workspace) + page).status_code == 200


@pytest.mark.parametrize("page", OF_A_WORKSPACE)
def test_member_without_a_role_in_the_workspace_is_a_stranger_to_it(organization: Organization, page: str) -> None:
    path = root(organization.workspace) + page
    people = (organization.owner, organization.admin, organization.member)
    assert [visitor(person.user).get(path).status_code for person in people] == [200, 200, 404]


def test_who_is_inside_without_the_scope_reads_its_name(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = scopes.ALL - {scopes.MANAGE_WORKSPACE_SETTINGS}
    monkeypatch.setattr("workspaces.pages.enter", lambda *_: scoping.Access(owner.workspace, few))
    client = visitor(owner.user)
    assert client.get(root(owner.workspace) + "/settings").status_code == 200
    refused = client.get(root(owner.workspace) + "/settings/delete")
    assert refused.status_code == 403
    assert b"manage_workspace_settings" in refused.content


def test_next_leads_only_to_this_site(owner: Person) -> None:
    client = visitor(owner.user)
    leads = [
        client.get(f"/auth/sign-in?next={target}")["Location"]
        for target in ("/my/profile", "https://evil.example/", "//evil.example/", "javascript:alert(1)")
    ]
    assert leads == ["/my/profile", "/", "/", "/"]


def test_typed_address_leads_to_the_lasting_one(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)
    here = root(owner.workspace)
    assert client.get("/@olga/home")["Location"] == f"{here}/dashboard"
    assert client.get("/@olga/home/settings/edit?a=1&b=2")["Location"] == f"{here}/settings/edit?a=1&b=2"
    assert visitor(stranger.user).get("/@olga/home").status_code == 404
    assert client.get("/@olga/nothing").status_code == 404
    assert Client().get("/@olga/home")["Location"].startswith("/auth/sign-in?next=")


def test_home_is_the_place_where_one_was(owner: Person) -> None:
    client = visitor(owner.user)
    assert client.get("/")["Location"] == f"{root(owner.workspace)}/dashboard"
    other = create_workspace(owner.account, name="Second", handle="second", actor=owner.user.as_actor())
    assert client.get("/")["Location"] == "/workspaces"
    client.get(root(other) + "/settings")
    assert client.get("/")["Location"] == f"{root(other)}/dashboard"
    for workspace in owner.account.workspaces.all():
        workspace.delete()
    assert client.get("/")["Location"] == "/welcome"


def test_home_of_a_member_whom_nobody_has_let_in_yet_is_the_organization(organization: Organization) -> None:
    overview = f"/account/{organization.account.id}/"
    for colleague, where in ((organization.member, overview), (organization.admin, "/welcome")):
        colleague.account.workspaces.all().delete()
        organization.account.workspaces.all().delete()
        assert visitor(colleague.user).get("/")["Location"] == where
    assert "Ask an owner or admin of the organization to share a workspace with you" in text(
        visitor(organization.member.user).get(overview)
    )
    Membership.objects.filter(user=organization.member.user).update(active=False)
    assert visitor(organization.member.user).get("/")["Location"] == "/welcome"


def test_pages_carry_the_strict_policy(owner: Person) -> None:
    for path in ("/auth/sign-in", "/nothing", "/my/profile", root(owner.workspace) + "/settings"):
        policy = visitor(owner.user if path != "/auth/sign-in" else None).get(path)["Content-Security-Policy"] + ";"
        assert "unsafe" not in policy
        assert "connect-src 'self';" in policy
        assert "script-src 'self';" in policy
