"""Error pages keep the navigation, explain what is missing, and reveal nothing about what exists."""

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from config import context
from core.pages import error_pages
from orgs.services.members import add_member
from rbac import permissions
from tests.cast import Organization, Person, share
from tests.visits import comparable, root, text, visitor


def test_missing_scope_is_explained_with_those_who_grant_it(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    answer = visitor(organization.member.user).get(f"{root(organization.workspace)}/variables/create")
    page = text(answer)
    assert answer.status_code == 403
    assert f"the permission to create and edit variables in {organization.workspace.full_handle}" in page
    assert f"{organization.owner.user.name} or {organization.admin.user.name} can give it to you" in page
    assert "write_variables" in page
    assert 'aria-label="Main"' in answer.content.decode()


def test_missing_permission_is_explained(organization: Organization) -> None:
    member = visitor(organization.member.user)
    answer = member.get(f"/account/{organization.account.id}/members/invite")
    page = text(answer)
    assert answer.status_code == 403
    assert "the permission to create invitations in Initech" in page
    assert f"/account/{organization.account.id}/members" in answer.content.decode()


def test_only_those_who_can_grant_a_permission_are_named(organization: Organization) -> None:
    page = text(visitor(organization.admin.user).get(f"/account/{organization.account.id}/delete"))
    assert "Initech . Frida Example can give it to you. The permission is called delete:account" in page


def test_permission_in_a_personal_account_cannot_be_granted(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=owner.user.as_actor())
    share(owner.workspace, stranger.user, "Owner")
    page = text(visitor(stranger.user).get(f"{root(owner.workspace)}/settings/collaborators/invite"))
    assert "Only Olga Example has it. The permission is called create:workspace_invitation" in page


def test_foreign_and_missing_pages_look_alike(owner: Person, stranger: Person) -> None:
    """Apart from the ids in its addresses and forms, the page says the same."""
    client = visitor(stranger.user)
    paths = (root(owner.workspace), f"/account/{uuid4()}/workspace/{uuid4()}", "/no/such/page")
    answers = [client.get(f"{path}/runs") for path in paths]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({comparable(answer) for answer in answers}) == 1
    assert all('aria-label="Main"' in answer.content.decode() for answer in answers)
    assert owner.account.handle not in text(answers[0])


def test_missing_page_of_a_workspace_keeps_its_navigation(owner: Person) -> None:
    answer = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{uuid4()}")
    assert answer.status_code == 404
    assert f"{root(owner.workspace)}/settings" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_page_without_navigation_replaces_one_that_fails(
    owner: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(request: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(context, "_me", away)
    with caplog.at_level(logging.ERROR, logger=error_pages.logger.name):
        answer = visitor(owner.user).get("/no-such-page")
    assert (answer.status_code, "Page not found" in text(answer)) == (404, True)
    assert 'aria-label="Main"' not in answer.content.decode()
    assert "could not be rendered" in caplog.text


def test_request_id_is_shown_and_sent(owner: Person) -> None:
    forged = {"X-Request-ID": "from-outside-1"}
    answer = visitor(owner.user).get("/no-such-page", headers=forged)
    assert answer["X-Request-ID"] in text(answer)
    assert answer["X-Request-ID"] != "from-outside-1"


@pytest.mark.parametrize(
    ("referrer", "shown"),
    [("http://testserver/workspaces", True), ("http://evil.example/x", False), ("javascript:alert(1)", False)],
)
def test_way_back_leads_to_this_site_only(owner: Person, referrer: str, shown: bool) -> None:
    answer = visitor(owner.user).get("/no-such-page", headers={"Referer": referrer})
    assert ("Go back" in text(answer), referrer in answer.content.decode()) == (shown, shown)


def test_too_many_requests_say_when_to_retry(owner: Person) -> None:
    cache.clear()
    client = visitor(owner.user)
    form = {"oldpassword": "wrong", "password1": "a new passphrase", "password2": "a new passphrase"}
    codes = [client.post("/my/password", form).status_code for _ in range(5)]
    answer = client.post("/my/password", form)
    assert (codes, answer.status_code, answer["Retry-After"]) == ([422] * 5, 429, "60")
    assert "Try again in 60 seconds." in text(answer)
    assert 'aria-label="Main"' in answer.content.decode()


def test_parts_of_pages_get_a_short_answer(owner: Person) -> None:
    answer = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{uuid4()}", headers={"X-Poll": "1"})
    assert (answer.status_code, "<html" in answer.content.decode()) == (404, False)


def test_server_error_has_the_request_id(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("workspaces.dashboard.queries.runs_for_list", broken)
    client = Client(raise_request_exception=False)
    client.force_login(owner.user)
    answer = client.get(f"{root(owner.workspace)}/dashboard")
    assert (answer.status_code, answer["X-Request-ID"] in text(answer)) == (500, True)
