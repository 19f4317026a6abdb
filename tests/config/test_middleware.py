"""Bodies that no form of the site could have are refused unread."""

import socket
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client

from auditlog.actors import system
from config.middleware import PAGE_BODY_BYTES
from core.errors import Conflict, Invalid, NotFound
from orgs.services.teams import create_team
from tests.cast import Organization, Person
from tests.site import Site
from tests.visits import visitor
from workspaces.access.pages.teams import teams


def test_large_upload_is_refused_before_it_is_parsed(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(request: HttpRequest) -> None:
        raise AssertionError

    client = visitor(owner.user)
    monkeypatch.setattr(HttpRequest, "_load_post_and_files", parsed)
    upload = SimpleUploadedFile("big.png", b"x" * PAGE_BODY_BYTES, "image/png")
    assert client.post("/my/profile/image", {"image": upload}).status_code == 413
    assert Client().post("/auth/sign-in", {"login": "x" * PAGE_BODY_BYTES}).status_code == 413


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict("This team is gone."), 409),
        (Invalid("This team is gone."), 422),
        (NotFound("This team is gone."), 404),
    ],
    ids=["conflict", "invalid", "not found"],
)
def test_error_that_a_page_did_not_expect_is_no_server_error(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """The team is deleted by somebody else between two lines of the view."""
    team = create_team(organization.account, name="Data", actor=system("tests"))

    def gone(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(teams, "delete_team", gone)
    page = visitor(organization.owner.user).post(f"/account/{organization.account.id}/teams/{team.id}/delete")
    assert page.status_code == status
    assert status == 404 or "This team is gone." in page.content.decode()


@pytest.mark.parametrize("length", ["-1", "many"])
def test_length_that_is_no_number_is_refused(db: None, length: str) -> None:
    assert Client().post("/auth/sign-in", {"login": "x"}, CONTENT_LENGTH=length).status_code == 413


def test_api_has_its_own_limit(owner: Person) -> None:
    name = "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert owner.api.post(f"{owner.workspace_api}/flows/", {"name": name}).status_code == 413


def test_running_site_answers_at_once_without_waiting_for_the_body(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        head = f"POST /auth/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {10**12}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")
