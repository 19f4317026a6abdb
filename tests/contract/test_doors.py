"""Every address below /api is closed by default: it says who may call, and refuses whoever has no key in force."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.rest.docs import DocsView
from accounts.rest.views import ApiView, OwnView
from orgs.rest import AccountView
from rbac import permissions, scopes
from tests.cast import Api, Organization, Person
from workspaces.rest import ENTER, WorkspaceView

REFUSED = {"detail": "Invalid authentication credentials", "exception_message": "Unauthorized"}
PUBLIC = {"/api/health", "/api/openapi.json", "/api/workspace_scopes"}
PAGES = {"/api/docs"}
ACCOUNT = "/api/accounts/<uuid:account_id>"
WORKSPACE = f"{ACCOUNT}/workspaces/<uuid:workspace_id>"
VALUES: dict[str, Any] = {"uuid": uuid4(), "int": 7, "str": "word", "slug": "word", "path": "word", "time": "word"}


def _endpoints(resolver: URLResolver, above: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _endpoints(entry, route)
        elif route.startswith("/api"):
            yield route, entry


ENDPOINTS = list(_endpoints(get_resolver()))
CLOSED = [(route, entry) for route, entry in ENDPOINTS if route.rstrip("/") not in PUBLIC | PAGES]


def _view(entry: URLPattern) -> Any:
    return getattr(entry.callback, "cls", entry.callback)


def _methods(view: type[ApiView]) -> list[str]:
    return [method for method in view.http_method_names if hasattr(view, method)]


def _address(route: str, entry: URLPattern, **given: Any) -> str:
    for name, converter in entry.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        route = route.replace(f"<{kind}:{name}>", str(given.get(name, VALUES.get(kind, "word"))))
    for name in ("account_id", "workspace_id"):
        route = route.replace(f"<uuid:{name}>", str(given.get(name, VALUES["uuid"])))
    return route


def test_the_walk_finds_the_api() -> None:
    found = {route for route, _ in ENDPOINTS}
    assert {"/api/me/", "/api/health", "/api/docs"} <= found
    assert any(route.startswith(f"{WORKSPACE}/") for route in found)


@pytest.mark.parametrize(("route", "entry"), ENDPOINTS, ids=[route for route, _ in ENDPOINTS])
def test_endpoint_says_who_may_call(route: str, entry: URLPattern) -> None:
    view = _view(entry)
    if route.rstrip("/") in PAGES:
        assert view is DocsView
        return
    assert issubclass(view, ApiView)
    assert _methods(view) != []
    assert view.anonymous is (route.rstrip("/") in PUBLIC)
    assert view.authorize is not ApiView.authorize
    methods = sorted(method.upper() for method in _methods(view))
    if route.startswith(WORKSPACE) and route.rstrip("/") != WORKSPACE:
        assert issubclass(view, WorkspaceView)
        assert sorted(view.required_scopes) == methods
        assert set(view.required_scopes.values()) <= scopes.ALL | {ENTER}
    elif route.startswith(ACCOUNT) and route.rstrip("/") != WORKSPACE:
        assert issubclass(view, AccountView)
        assert sorted(view.required_permissions) == methods
        assert set(view.required_permissions.values()) <= permissions.ALL
    if issubclass(view, OwnView):
        assert entry.pattern.converters == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "entry"), CLOSED, ids=[route for route, _ in CLOSED])
def test_endpoint_refuses_who_has_no_key(route: str, entry: URLPattern) -> None:
    address = _address(route, entry)
    for key in (None, "garbage", "pnu_" + "x" * 43):
        for method in _methods(_view(entry)):
            answer = Api(key).call(method, address)
            assert (method, answer.status_code, answer.json()) == (method, 401, REFUSED)


BELOW = [(route, entry) for route, entry in CLOSED if "<uuid:workspace_id>" in route or "<uuid:account_id>" in route]


@pytest.mark.parametrize(("route", "entry"), BELOW, ids=[route for route, _ in BELOW])
def test_strangers_find_nothing(owner: Person, stranger: Person, route: str, entry: URLPattern) -> None:
    theirs = {"account_id": owner.account.id, "workspace_id": owner.workspace.id}
    missing = {"account_id": uuid4(), "workspace_id": uuid4()}
    mixed = {"account_id": stranger.account.id, "workspace_id": owner.workspace.id}
    for method in _methods(_view(entry)):
        for place in (theirs, missing, mixed) if "<uuid:workspace_id>" in route else (theirs, missing):
            answer = stranger.api.call(method, _address(route, entry, **place))
            assert (method, answer.status_code, answer.json()) == (method, 404, {"detail": "Not Found"})


GUARDED = [(route, entry) for route, entry in CLOSED if issubclass(_view(entry), AccountView)]


@pytest.mark.parametrize(("route", "entry"), GUARDED, ids=[route for route, _ in GUARDED])
def test_members_are_refused_what_their_role_does_not_hold(
    organization: Organization, route: str, entry: URLPattern
) -> None:
    address = _address(route, entry, account_id=organization.account.id)
    for method, permission in _view(entry).required_permissions.items():
        if permission not in permissions.ROLES[permissions.MEMBER]:
            answer = organization.member.api.call(method, address)
            detail = f"This needs the permission {permission} in the account."
            assert (method, answer.status_code, answer.json()) == (method, 403, {"detail": detail})


@pytest.mark.parametrize(("route", "entry"), CLOSED, ids=[route for route, _ in CLOSED])
def test_no_input_is_a_server_error(owner: Person, route: str, entry: URLPattern) -> None:
    mine = {"account_id": owner.account.id, "workspace_id": owner.workspace.id, "id": owner.user.id}
    address = _address(route, entry, **mine)
    bodies: list[Any] = [b"", b"{", b"[]", b"null", b"7", b'"\\ud800"', b"\xff", b'{"a":' * 500, b'{"limit": "x"}']
    for method in _methods(_view(entry)):
        if (method, address.rstrip("/")) == ("delete", f"/api/users/{owner.user.id}"):
            continue
        for body in bodies if method != "get" else [b""]:
            answer = owner.api.client.generic(method.upper(), f"{address}?limit=x&offset=%00", body, "application/json")
            assert (body, answer.status_code < 500) == (body, True)
