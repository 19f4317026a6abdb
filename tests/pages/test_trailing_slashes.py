"""Addresses of pages with a trailing slash redirect to those without."""

import pytest
from django.test import Client

from tests.cast import Api, Organization, Person
from tests.visits import root, visitor


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/workspaces/", "/workspaces"),
        ("/workspaces///", "/workspaces"),
        ("/@boris/", "/@boris"),
        ("/@nobody-at-all/", "/@nobody-at-all"),
        ("/my/profile/?tab=1&next=//evil.com/", "/my/profile?tab=1&next=//evil.com/"),
        ("/auth/sign-in/", "/auth/sign-in"),
    ],
)
def test_trailing_slash_redirects(stranger: Person, asked: str, target: str) -> None:
    for client in (visitor(stranger.user), Client()):
        for method in (client.get, client.head):
            answer = method(asked)
            assert (answer.status_code, answer["Location"]) == (301, target)


@pytest.mark.parametrize(
    "asked",
    ["//evil.com/", "///evil.com//", "/\\evil.com/", "/%5Cevil.com/", "/no/such/page/", "//", "/http://evil.com/"],
)
def test_no_redirect_leads_elsewhere(stranger: Person, asked: str) -> None:
    answer = visitor(stranger.user).generic("GET", "/", PATH_INFO=asked)
    assert answer.status_code == 404


def test_forms_are_not_redirected(stranger: Person) -> None:
    assert visitor(stranger.user).post("/my/profile/", {"handle": "new"}).status_code == 404


def test_pages_of_a_workspace_redirect_alike_for_strangers(owner: Person, stranger: Person) -> None:
    path = f"{root(owner.workspace)}/runs"
    for person in (owner, stranger):
        answer = visitor(person.user).get(f"{path}/")
        assert (answer.status_code, answer["Location"]) == (301, path)
    assert visitor(stranger.user).get(path).status_code == 404
    # This address is a page. It does not redirect to the one without the slash, which redirects to it.
    assert visitor(stranger.user).get(f"{root(owner.workspace)}/").status_code == 404


def test_the_api_does_not_redirect(organization: Organization) -> None:
    api: Api = organization.owner.api
    for path in ("/api/me/workspaces/", "/api/no-such-endpoint/", "/api/docs//"):
        answer = api.get(path)
        assert (answer.status_code in (200, 404), answer.has_header("Location")) == (True, False)
