"""Wrong keys of websockets count with those of requests."""

from typing import Any

import pytest

from rbac import scopes
from tests.cast import Person
from tests.limits import Minute, minute
from workspaces.websockets.authentication import Door, _identify
from workspaces.websockets.connection import Caller, Socket

__all__ = ["minute"]

pytestmark = pytest.mark.django_db


def identify(person: Person, value: str) -> Caller | str:
    async def nothing(*_: Any) -> Any: ...

    socket = Socket({"headers": [], "client": ("192.0.2.7", 1)}, nothing, nothing)
    workspace = person.workspace
    return _identify(socket, value, workspace.account_id, workspace.id, Door(scopes.SEE_EVENTS))


def test_wrong_keys_are_counted_by_address(owner: Person, minute: Minute) -> None:
    minute.limit(address_wrong_keys=2)
    wrong = [identify(owner, "pnu_" + "x" * 43) for _ in range(3)]
    assert wrong == ["Invalid token", "Invalid token", "Too many wrong API keys"]
    assert isinstance(identify(owner, owner.key_value), Caller)
