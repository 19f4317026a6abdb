"""Each door of the surface for each role: in one's own workspace, in another of the account, in another account."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.services.keys import create_key
from config.asgi import ACCOUNT_SOCKETS, SOCKETS
from config.isolation.doors import patterns
from core.rest.errors import ApiError
from core.rest.views import ApiView
from orgs.models import Membership
from orgs.services.members import add_member, remove_member
from orgs.services.service_accounts import create_service_account
from rbac import builtin, permissions, scopes
from tests.cast import Api, Organization, Person, make_colleague, share
from tests.rbac import surface
from tests.rbac.surface import ENTER, SIGNED_IN
from tests.visits import visitor
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.websockets.authentication import _identify
from workspaces.websockets.connection import Socket

pytestmark = pytest.mark.one_database(reason="tables of permissions; test_effective.py runs the rule on both")

OPENED = 418  # what a door answers here once it has let somebody in: nothing behind it runs
WORKSPACE_API = "/api/accounts/<account_id>/workspaces/<workspace_id>"
ACCOUNT_API = "/api/accounts/<account_id>"
WORKSPACE_PAGES = "/account/<account_id>/workspace/<workspace_id>"
ACCOUNT_PAGES = "/account/<account_id>"


PATTERNS = dict(patterns())


def _found() -> dict[str, str]:
    """Every address with its method (pages: without) as the tables name it."""
    found = {}
    for route, entry in PATTERNS.items():
        view: Any = getattr(entry.callback, "cls", None)
        if view is None or not issubclass(view, ApiView):
            found[route] = route
            continue
        for method in view.http_method_names:
            if hasattr(view, method):
                found[f"{method.upper()} {route}"] = route
    return found


def test_the_tables_name_the_whole_surface_and_nothing_else() -> None:
    def below(root: str, table: Mapping[str, str]) -> set[str]:
        return {re.sub(r"^((?:[A-Z]+ )?)", rf"\1{root}", line, count=1) for line in table}

    listed = [
        below(WORKSPACE_API, surface.WORKSPACE_API),
        below(ACCOUNT_API, surface.ACCOUNT_API),
        below("/api", surface.OWN_API),
        below(WORKSPACE_PAGES, surface.WORKSPACE_PAGES),
        below(ACCOUNT_PAGES, surface.ACCOUNT_PAGES),
        set(surface.OTHER_PAGES),
    ]
    assert set.union(*listed) == set(_found())
    assert {name: door.scope for name, (door, _) in SOCKETS.items()} == surface.SOCKETS
    assert {name: door.scope for name, (door, _) in ACCOUNT_SOCKETS.items()} == surface.ACCOUNT_SOCKETS
    assert set(surface.WORKSPACE_API.values()) | set(surface.WORKSPACE_PAGES.values()) <= scopes.ALL | {ENTER}
    named = [surface.ACCOUNT_API, surface.ACCOUNT_PAGES, surface.ALSO_IN_ACCOUNT]
    assert {one for table in named for one in table.values()} <= permissions.ALL


@dataclass(frozen=True)
class Caller:
    """Somebody with a key, what they hold in their workspace (None: nothing) and in the account."""

    user: User
    key: str
    scopes: frozenset[str] | None
    account_role: str = permissions.MEMBER

    @property
    def everywhere(self) -> bool:
        return self.account_role in permissions.IMPLICIT_WORKSPACE_OWNERS

    def holds(self, needed: str) -> bool:
        return self.scopes is not None and (needed == ENTER or needed in self.scopes)

    def may(self, permission: str | None) -> bool:
        return permission is None or permission in permissions.ROLES[self.account_role]


@pytest.fixture
def callers(organization: Organization) -> dict[str, Caller]:
    """One for each built-in role, a person and a service account without any, an admin and the owner."""
    account, workspace = organization.account, organization.workspace
    cast = {}
    for role, held in builtin.SCOPES.items():
        person = make_colleague(account, role.lower())
        share(workspace, person.user, role)
        cast[role] = Caller(person.user, person.key_value, held)
    for name, person, role in (
        ("nobody", organization.member, permissions.MEMBER),
        ("account admin", organization.admin, permissions.ADMIN),
        ("account owner", organization.owner, permissions.OWNER),
    ):
        cast[name] = Caller(person.user, person.key_value, None if name == "nobody" else scopes.ALL, role)
    bot, _, key = create_service_account(account, name="worker", actor=organization.owner.user.as_actor())
    share(workspace, bot, "Worker")
    cast["service account"] = Caller(bot, key, builtin.SCOPES["Worker"])
    return cast


@pytest.fixture
def places(organization: Organization, stranger: Person) -> dict[str, Workspace]:
    actor = organization.owner.user.as_actor()
    other = create_workspace(organization.account, name="Other", handle="other", actor=actor)
    return {"own": organization.workspace, "other": other, "foreign": stranger.workspace}


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every door stands for itself: what is behind it answers OPENED and does nothing."""
    ask = ApiView.initial

    def initial(self: ApiView, *args: Any, **kwargs: Any) -> None:
        ask(self, *args, **kwargs)
        raise ApiError(OPENED, "in")

    monkeypatch.setattr(ApiView, "initial", initial)
    for entry in PATTERNS.values():
        page: Any = entry.callback
        while page is not None and not _is_door(page):
            page = getattr(page, "__wrapped__", None)
        if page is not None:
            behind = page.__closure__[page.__code__.co_freevars.index("view")]
            monkeypatch.setattr(behind, "cell_contents", lambda *args, **kwargs: HttpResponse(status=OPENED))


def _is_door(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return (
        code is not None
        and code.co_name == "page"
        and code.co_filename.endswith(("s/pages.py",))
        and ("permission" in code.co_freevars or "scope" in code.co_freevars)
    )


def _address(root: str, rest: str, workspace: Workspace) -> str:
    route = (root + rest).replace("<account_id>", str(workspace.account_id))
    route = route.replace("<workspace_id>", str(workspace.id), 1 if "<workspace_id>" in root else 0)
    words = ("key", "name", "section", "rest")
    return re.sub(r"<(\w+)>", lambda match: "word" if match[1] in words else str(uuid4()), route)


def _in_workspace(caller: Caller, place: str, needed: str, permission: str | None = None) -> int:
    if place == "foreign" or (place == "other" and not caller.everywhere) or caller.scopes is None:
        return 404
    return OPENED if caller.holds(needed) and caller.may(permission) else 403


def test_operations_of_a_workspace(doors: None, callers: dict[str, Caller], places: dict[str, Workspace]) -> None:
    wrong = []
    for name, caller in callers.items():
        api = Api(caller.key)
        for place, workspace in places.items():
            for line, needed in surface.WORKSPACE_API.items():
                method, rest = line.split(" ", 1)
                status = api.call(method, _address(WORKSPACE_API, rest, workspace)).status_code
                expected = _in_workspace(caller, place, needed, surface.ALSO_IN_ACCOUNT.get(line))
                if status != expected:
                    wrong.append((name, place, line, status, expected))
    assert wrong == []


def test_pages_of_a_workspace(doors: None, callers: dict[str, Caller], places: dict[str, Workspace]) -> None:
    wrong = []
    for name, caller in callers.items():
        if not caller.user.is_person:
            continue
        client = visitor(caller.user)
        for place, workspace in places.items():
            for rest, needed in surface.WORKSPACE_PAGES.items():
                for method in ("get", "post"):
                    status = getattr(client, method)(_address(WORKSPACE_PAGES, rest, workspace)).status_code
                    expected = _in_workspace(caller, place, needed)
                    if status != expected:
                        wrong.append((name, place, method, rest, status, expected))
    assert wrong == []


async def _unused(*args: Any) -> Any:
    raise AssertionError("Nothing is sent before somebody is let in.")


ANSWERS = {OPENED: "in", 403: "Forbidden", 404: "Not Found"}
SOCKET_FROM_HERE = Socket({"client": ("127.0.0.1", 4242), "headers": []}, _unused, _unused)


def test_websockets(callers: dict[str, Caller], places: dict[str, Workspace]) -> None:
    wrong = []
    for name, caller in callers.items():
        for place, workspace in places.items():
            for socket, needed in surface.SOCKETS.items():
                found = _identify(SOCKET_FROM_HERE, caller.key, workspace.account_id, workspace.id, SOCKETS[socket][0])
                answer = found if isinstance(found, str) else "in"
                if answer != ANSWERS[_in_workspace(caller, place, needed)]:
                    wrong.append((name, place, socket, answer))
    assert wrong == []


@pytest.fixture
def members(organization: Organization, callers: dict[str, Caller], owner: Person) -> dict[str, Caller]:
    """One for each account role; the collaborator is in a personal account."""
    helper = make_colleague(owner.account, "helper", permissions.COLLABORATOR)
    bot, _, key = create_service_account(
        organization.account, name="admin", role=permissions.ADMIN, actor=organization.owner.user.as_actor()
    )
    return {
        "Owner": callers["account owner"],
        "Admin": callers["account admin"],
        "Member": callers["nobody"],
        "Collaborator": Caller(helper.user, helper.key_value, None, permissions.COLLABORATOR),
        "service account": Caller(bot, key, scopes.ALL, permissions.ADMIN),
    }


def test_operations_and_pages_of_an_account(
    doors: None, members: dict[str, Caller], places: dict[str, Workspace], owner: Person
) -> None:
    wrong: list[tuple[str, str, str, int | str, int]] = []
    for name, caller in members.items():
        own = owner.workspace if name == "Collaborator" else places["own"]
        api, client = Api(caller.key), visitor(caller.user)
        for place, workspace in (("own", own), ("foreign", places["foreign"])):
            for line, needed in surface.ACCOUNT_API.items():
                method, rest = line.split(" ", 1)
                status = api.call(method, _address(ACCOUNT_API, rest, workspace)).status_code
                expected = 404 if place == "foreign" else OPENED if caller.may(needed) else 403
                if status != expected:
                    wrong.append((name, place, line, status, expected))
            for line, needed in surface.ACCOUNT_SOCKETS.items():
                found = _identify(SOCKET_FROM_HERE, caller.key, workspace.account_id, None, ACCOUNT_SOCKETS[line][0])
                expected = 404 if place == "foreign" else OPENED if caller.may(needed) else 403
                if (found if isinstance(found, str) else "in") != ANSWERS[expected]:
                    wrong.append((name, place, line, str(found), expected))
            for rest, needed in surface.ACCOUNT_PAGES.items() if caller.user.is_person else ():
                for verb in ("get", "post"):
                    status = getattr(client, verb)(_address(ACCOUNT_PAGES, rest, workspace)).status_code
                    expected = 404 if place == "foreign" else OPENED if caller.may(needed) else 403
                    if status != expected:
                        wrong.append((name, place, rest, status, expected))
    assert wrong == []


def test_what_is_about_oneself_asks_who_comes(owner: Person) -> None:
    for line, who in surface.OWN_API.items():
        method, rest = line.split(" ", 1)
        status = Api(None).call(method, _address("/api", rest, owner.workspace)).status_code
        assert (line, status == 401) == (line, who == SIGNED_IN)


def test_pages_elsewhere_ask_to_sign_in(owner: Person) -> None:
    tables = {(WORKSPACE_PAGES + rest): SIGNED_IN for rest in surface.WORKSPACE_PAGES}
    tables |= {(ACCOUNT_PAGES + rest): SIGNED_IN for rest in surface.ACCOUNT_PAGES} | surface.OTHER_PAGES
    for route, who in tables.items():
        if "^" in route:
            continue  # links from mails
        for method in ("get", "post"):
            answer = getattr(Client(), method)(_address("", route, owner.workspace))
            asked = answer.status_code == 302 and answer["Location"].startswith("/auth/sign-in")
            let_in = not asked and answer.status_code not in (403, 404, 405)
            assert (route, method, let_in and who == SIGNED_IN) == (route, method, False)


def test_a_removed_member_reaches_nothing(organization: Organization, callers: dict[str, Caller]) -> None:
    """Nor with a key made before, nor by a membership elsewhere."""
    caller = callers["Developer"]
    _, second = create_key(caller.user, name="second", expires_at=None, actor=caller.user.as_actor())
    root = _address(WORKSPACE_API, "", organization.workspace)
    for key in (caller.key, second):
        assert Api(key).get(f"{root}/hello").status_code == 200
    actor = organization.owner.user.as_actor()
    remove_member(Membership.objects.get(user=caller.user, account=organization.account), actor=actor)
    for key in (caller.key, second):
        for path in (f"{root}/hello", root, _address(ACCOUNT_API, "", organization.workspace)):
            assert Api(key).get(path).status_code == 404
    assert not any(row["account_handle"] == "initech" for row in Api(caller.key).get("/api/me/workspaces").json())
    add_member(organization.account, user=caller.user, role=permissions.MEMBER, actor=actor)
    assert Api(caller.key).get(f"{root}/hello").status_code == 404  # what was granted before is gone
