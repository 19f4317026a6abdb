"""Send a request inside this process, see what it answers and writes, and take it back."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from django.db import connection, transaction
from django.http import QueryDict

from config.isolation.attempts import Filled
from config.isolation.doors import Door
from config.isolation.rows import Key, Rows, rows_of
from config.isolation.side import Caller

_WRITTEN = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
# Headers that differ between two requests, or only repeat what is known of the body.
_OTHER_HEADERS = {"x-request-id", "set-cookie", "content-length", "content-security-policy", "etag", "server-timing"}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers and the body as one text, and the tables whose rows have changed."""

    status: int
    text: str
    changed: tuple[str, ...] = ()


class Exchange:
    """Sends requests and watches the rows with these keys. Nothing that a request writes stays."""

    def __init__(self, keys: set[Key]) -> None:
        self._keys = keys
        self.before: Rows = rows_of(keys)
        self.requests = 0

    def send(self, door: Door, caller: Caller, request: Filled) -> Answer:
        self.requests += 1
        client: Any = caller.program if door.is_operation else caller.browser
        cookies = client.cookies
        client.cookies = SimpleCookie({name: cookie.value for name, cookie in cookies.items()} | dict(request.cookies))
        written: set[str] = set()
        more: dict[str, Any] = dict(request.headers)
        if door.is_operation and request.body is not None:
            more |= {"data": request.body, "content_type": "application/json"}
        elif request.form:
            more["data"] = dict(request.form)
        try:
            with transaction.atomic(), connection.execute_wrapper(_watch(written)):
                response = getattr(client, door.method.lower())(request.path, **more)
                answer = Answer(response.status_code, _text(response), self._changes(written))
                transaction.set_rollback(True)
        finally:
            client.cookies = cookies
        return answer

    def all_changes(self) -> list[str]:
        """Return the tables in which rows differ from those at the beginning."""
        after = rows_of(self._keys)
        return sorted(table for table, rows in self.before.items() if rows != after[table])

    def _changes(self, written: set[str]) -> tuple[str, ...]:
        if not written or connection.needs_rollback:
            return ()
        after = rows_of(self._keys, written)
        return tuple(sorted(table for table, rows in after.items() if rows != self.before[table]))


def _watch(written: set[str]) -> Callable[..., Any]:
    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        written.update(_WRITTEN.findall(sql))
        return run(sql, params, many, context)

    return execute


def _text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    headers = [f"{name}: {value}" for name, value in response.items() if name.lower() not in _OTHER_HEADERS]
    return unquote("\n".join([*headers, "", content.decode(errors="replace")]))


@contextmanager
def fields_read() -> Iterator[set[str]]:
    """Collect the names that views read from queries and forms in the block."""
    names: set[str] = set()

    def noting(read: Any) -> Any:
        def noted(data: QueryDict, name: Any = None, *more: Any) -> Any:
            names.add(str(name))
            return read(data, name, *more)

        return noted

    methods = ("__getitem__", "__contains__", "get", "getlist")
    with ExitStack() as patches:
        for method in methods:
            patches.enter_context(patch.object(QueryDict, method, noting(getattr(QueryDict, method)), create=True))
        yield names
    names.discard("csrfmiddlewaretoken")
