"""Browsers without a browser: Django's client signed in as somebody of the cast."""

import re
from typing import TYPE_CHECKING

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from workspaces.models import Workspace

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def visitor(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def root(workspace: Workspace) -> str:
    """Where the workspace's pages stand."""
    return f"/account/{workspace.account_id}/workspace/{workspace.id}"


def queries(client: Client, path: str) -> int:
    """How many queries the page makes, once its cookies are set."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def comparable(answer: "Answer") -> str:
    """The page without what differs between two requests: its own address, its request id, the tokens of its forms."""
    body = answer.content.decode().replace(answer["X-Request-ID"], "")
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", body)


def text(answer: "Answer") -> str:
    """The words of a page: no marks, single spaces."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def staged(*changes: tuple[object, str, str], confirmed: bool = True) -> dict[str, str]:
    """The fields of a form that stages changes: for each row its id, the value before and the chosen one."""
    fields = {"confirmed": "1"} if confirmed else {}
    for id, was, now in changes:
        fields |= {f"was-{id}": was, f"now-{id}": now}
    return fields
