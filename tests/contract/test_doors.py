"""Every address below /api is closed by default: it declares who may call it and refuses callers without a valid key.

Each rule walks all addresses in one test: a client and a cast for each address took most of the time.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.endpoints import OwnView
from core.rest.docs import DocsView
from core.rest.views import ApiView
from orgs.rest import AccountView
from rbac import permissions, scopes
from tests.cast import Api, Organization, Person
from workspaces.rest import ENTER, WorkspaceView

REFUSED = {"detail": "Invalid authentication credentials", "exception_message": "Unauthorized"}
PUBLIC = {"/api/health", "/api/health/services", "/api/openapi.json", "/api/workspace_scopes"}
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


def test_every_endpoint_says_who_may_call() -> None:
    for route, entry in ENDPOINTS:
        view = _view(entry)
        if route.rstrip("/") in PAGES:
            assert view is DocsView
            continue
        assert issubclass(view, ApiView), route
        assert _methods(view) != [], route
        assert view.anonymous is (route.rstrip("/") in PUBLIC), route
        assert view.authorize is not ApiView.authorize, route
        methods = sorted(method.upper() for method in _methods(view))
        if route.startswith(WORKSPACE) and route.rstrip("/") != WORKSPACE:
            assert issubclass(view, WorkspaceView), route
            assert sorted(view.required_scopes) == methods, route
            assert set(view.required_scopes.values()) <= scopes.ALL | {ENTER}, route
        elif route.startswith(ACCOUNT) and route.rstrip("/") != WORKSPACE:
            assert issubclass(view, AccountView), route
            assert sorted(view.required_permissions) == methods, route
            assert set(view.required_permissions.values()) <= permissions.ALL, route
        if issubclass(view, OwnView):
            assert entry.pattern.converters.keys() <= {"view"}, route  # the name of a collection, which all may read


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "garbage", "pnu_" + "x" * 43])
def test_every_endpoint_refuses_a_caller_without_a_key(key: str | None, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "address_wrong_keys": 0}
    api, wrong = Api(key), []
    for route, entry in CLOSED:
        for method in _methods(_view(entry)):
            answer = api.call(method, _address(route, entry))
            if (answer.status_code, answer.json()) != (401, REFUSED):
                wrong.append((method, route, answer.status_code))
    assert wrong == []


BELOW = [(route, entry) for route, entry in CLOSED if "<uuid:workspace_id>" in route or "<uuid:account_id>" in route]


def test_strangers_find_nothing(owner: Person, stranger: Person) -> None:
    theirs = {"account_id": owner.account.id, "workspace_id": owner.workspace.id}
    missing = {"account_id": uuid4(), "workspace_id": uuid4()}
    mixed = {"account_id": stranger.account.id, "workspace_id": owner.workspace.id}
    wrong = []
    for route, entry in BELOW:
        for method in _methods(_view(entry)):
            for place in (theirs, missing, mixed) if "<uuid:workspace_id>" in route else (theirs, missing):
                answer = stranger.api.call(method, _address(route, entry, **place))
                if (answer.status_code, answer.json()) != (404, {"detail": "Not Found"}):
                    wrong.append((method, route, place, answer.status_code))
    assert wrong == []


GUARDED = [(route, entry) for route, entry in CLOSED if issubclass(_view(entry), AccountView)]


def test_members_are_refused_what_their_role_does_not_hold(organization: Organization) -> None:
    wrong = []
    for route, entry in GUARDED:
        address = _address(route, entry, account_id=organization.account.id)
        for method, permission in _view(entry).required_permissions.items():
            if permission not in permissions.ROLES[permissions.MEMBER]:
                answer = organization.member.api.call(method, address)
                detail = f"This needs the permission {permission} in the account."
                if (answer.status_code, answer.json()) != (403, {"detail": detail}):
                    wrong.append((method, route, answer.status_code))
    assert wrong == []


BODIES = [b"", b"{", b"[]", b"null", b"7", b'"\\ud800"', b"\xff", b'{"a":' * 500, b'{"limit": "x"}']


DOCUMENTED = [(route, entry) for route, entry in CLOSED if not getattr(entry.callback, "other_spelling", False)]


@pytest.mark.parametrize("part", [0, 1])
def test_no_input_is_a_server_error(owner: Person, part: int) -> None:
    """In two parts, so that two processes share the work. What a call changes is rolled back before the next one."""
    mine = {"account_id": owner.account.id, "workspace_id": owner.workspace.id, "id": owner.user.id}
    wrong = []
    for route, entry in DOCUMENTED[part::2]:
        address = f"{_address(route, entry, **mine)}?limit=x&offset=%00"
        for method in _methods(_view(entry)):
            for body in BODIES if method != "get" else [b""]:
                with transaction.atomic():
                    answer = owner.api.client.generic(method.upper(), address, body, "application/json")
                    transaction.set_rollback(True)
                if answer.status_code >= 500:
                    wrong.append((method, route, body, answer.status_code))
    assert wrong == []
