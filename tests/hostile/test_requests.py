"""Hostile filters and bodies are refused in the contract's form, or answered quickly; never with a server error."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, get_args, get_origin

import pytest
from annotated_types import MaxLen
from django.db import transaction
from django.test import Client
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.cast import Organization
from tests.contract.test_doors import DOCUMENTED, _address, _methods, _view
from tests.hostile.bodies import BODIES, LARGE
from tests.hostile.filters import FILTERS
from tests.hostile.watch import Faults
from tests.visits import root, visitor

pytestmark = pytest.mark.django_db


class Target:
    """The API of an organization's owner."""

    def __init__(self, organization: Organization) -> None:
        self.client: Client = organization.owner.api.client
        self.account = f"/api/accounts/{organization.account.id}"
        self.workspace = f"{self.account}/workspaces/{organization.workspace.id}"

    def send(self, address: str, raw: bytes, method: str = "POST") -> Any:
        if address.startswith("@"):
            address = self.account + address[1:]
        elif not address.startswith("/api"):
            address = self.workspace + address
        # What a call changes is rolled back before the next one.
        with transaction.atomic():
            answer = self.client.generic(method, address, raw, "application/json")
            transaction.set_rollback(True)
        return answer


@pytest.fixture
def target(organization: Organization) -> Target:
    made = Target(organization)
    for address in ("/flow_runs/count", "/logs/filter", "@/teams/filter"):  # what is imported on first use
        made.send(address, b"{}")
        made.send(address, b"[")
    return made


def is_error(answer: Any) -> bool:
    """Whether the answer has the form of an error that clients parse."""
    body = json.loads(answer.content)
    if answer.status_code == 422 and "exception_detail" in body:
        return body["exception_message"] == "Invalid request received." and bool(body["exception_detail"])
    return "detail" in body or "exception_message" in body


def test_hostile_filters_are_refused_or_answered(target: Target) -> None:
    assert len(FILTERS) >= 200
    faults = Faults()
    for name, address, raw, expected in FILTERS:
        answer = faults.attack(name, partial(target.send, address, raw))
        faults.expect(name, answer.status_code == expected, f"{answer.status_code} {answer.content[:200]!r}")
        faults.expect(name, answer.status_code == 200 or is_error(answer), answer.content)
        faults.expect(name, len(answer.content) < 200_000, "the answer is long")
    faults.report()


def test_large_bodies_are_refused_quickly(target: Target) -> None:
    faults = Faults()
    for name, (address, raw, expected) in LARGE.items():
        answer = faults.attack(name, partial(target.send, address, raw))
        faults.expect(name, answer.status_code == expected, f"{answer.status_code} {answer.content[:200]!r}")
        faults.expect(name, is_error(answer) and len(answer.content) < 100_000, answer.content)
    faults.report()


def test_page_of_runs_with_thousands_of_tags_is_answered(organization: Organization) -> None:
    """A request line has up to 64 KB in front of most servers."""
    page = f"{root(organization.workspace)}/runs"
    client = visitor(organization.owner.user)
    client.get(page, {"tag": "a", "q": "b"})  # what is read on first use
    faults = Faults()
    tags = ",".join(f"{number:x}" for number in range(12_000))
    queries: dict[str, dict[str, Any]] = {
        "tags between commas": {"tag": tags},
        "many tags": {"tag": tags.split(",")[:900]},
        "a long name": {"q": "%a" * 20_000},
        "states": {"state": ["running"] * 900},
        "periods": {"from": "9" * 20_000, "to": "2" * 20_000, "period": "1" * 20_000},
    }
    for name, query in queries.items():
        answer = faults.attack(name, partial(client.get, page, query))
        faults.expect(name, answer.status_code == 200 and len(answer.content) < 1_000_000, len(answer.content))
    faults.report()


def test_no_endpoint_fails_on_a_hostile_body(target: Target, organization: Organization) -> None:
    mine = {
        "account_id": organization.account.id,
        "workspace_id": organization.workspace.id,
        "id": organization.owner.user.id,
    }
    faults = Faults()
    for route, entry in DOCUMENTED:
        for method in _methods(_view(entry)):
            for kind, raw in BODIES.items() if method in {"post", "put", "patch"} else ():
                name = f"{kind} to {method} {route}"
                answer = faults.attack(name, partial(target.send, _address(route, entry, **mine), raw, method.upper()))
                faults.expect(name, answer.status_code < 500, answer.content)
                reads = _view(entry).described(method).body is not None
                deep = reads and kind in {"deep lists", "deep objects", "unclosed"}
                faults.expect(name, not deep or 400 <= answer.status_code < 500, answer.status_code)
    faults.report()


def test_every_list_and_pattern_of_a_filter_is_bounded() -> None:
    """A new filter cannot forget it: the body is small, lists have a length, and `like_` is short."""
    bodies = {
        described.body
        for _, entry in DOCUMENTED
        for method in _methods(_view(entry))
        if (described := _view(entry).described(method))
        and isinstance(described.body, type)
        and issubclass(described.body, BaseModel)
    }
    filters, unbounded = 0, set()
    for shape in bodies:
        fields = list(_fields(shape, set()))
        if not any(name in {"any_", "all_", "like_"} for _, name, _ in fields):
            continue
        filters += 1
        if not hasattr(shape, "MOST_BYTES"):
            unbounded.add(shape.__name__)
        for model, name, field in fields:
            if name == "like_" and "max_length=250" not in f"{field.annotation} {field.metadata}":
                unbounded.add(f"{model.__name__}.{name}")
            unbounded |= {f"{model.__name__}.{name}" for kind in _lists(field) if not _bounded(kind)}
    assert filters > 20
    assert unbounded == set()


def _fields(shape: type[BaseModel], seen: set[type]) -> Iterator[tuple[type[BaseModel], str, FieldInfo]]:
    if shape in seen:
        return
    seen.add(shape)
    for name, field in shape.model_fields.items():
        yield shape, name, field
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _fields(part, seen)


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def _lists(field: FieldInfo) -> list[Any]:
    kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    wrapped = {id(get_args(part)[0]) for part in _parts(kind) if get_origin(part) is Annotated}
    parts = list(_parts(kind))
    annotated = [part for part in parts if get_origin(part) is Annotated and get_origin(get_args(part)[0]) is list]
    return annotated + [part for part in parts if get_origin(part) is list and id(part) not in wrapped]


def _bounded(kind: Any) -> bool:
    flat = [part for each in get_args(kind)[1:] for part in (each.metadata if isinstance(each, FieldInfo) else [each])]
    return get_origin(kind) is Annotated and any(isinstance(part, MaxLen) for part in flat)
