"""What is tried at a door: the ids of the other account in its address, its body, its query and its headers."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from config.isolation.bodies import Id, bodies_with_id, example
from config.isolation.doors import Door
from config.isolation.side import Caller, Side
from workspaces.pages import LAST_WORKSPACE

# Which row of `Side.ids` a word of an address, a body or a form asks for, where it is not the name of the id.
_ROWS = {
    "account": "account_id", "account_memberships": "membership_id", "account_roles": "account_role_id",
    "actor": "user_id", "actor_id": "user_id", "after": "flow_run_id", "api-keys": "user_key_id",
    "api_keys": "user_key_id", "before": "flow_run_id", "bot_access": "bot_access_id", "bots": "bot_id",
    "child_flow_run_id": "child_run_id", "default_workspace_role_id": "role_id", "delete_bot_api_key": "key_id",
    "exports": "export_id", "streams": "stream_id", "earlier": "log_id",
    "concurrency_limits": "limit_id", "trash": "trashed_id", "transfers": "transfer_id",
    "refused": "source_id", "refused_sources": "source_id",
    "flow_run_states": "flow_run_state_id", "flow_runs": "flow_run_id", "flows": "flow_id",
    "from": "role_id", "inherited_role_id": "role_id", "inherits": "role_id", "instead": "role_id",
    "invitations": "invitation_id", "keys": "key_id", "member_id": "user_id", "membership_ids": "membership_id",
    "owner": "account_id", "parent_flow_run_id": "flow_run_id", "parent_task_run_id": "task_run_id",
    "people": "user_id", "queue_name": "work_pool_name", "role": "role_id", "worker_name": "work_pool_name",
    "saved_searches": "saved_search_id", "search_id": "saved_search_id",
    "service-accounts": "bot_id", "service_accounts": "bot_id", "target": "user_id",
    "task_run_states": "task_run_state_id", "task_runs": "task_run_id", "teams": "team_id", "user": "user_id",
    "user_access": "user_access_id", "users": "user_id", "variables": "variable_id", "who": "user_id",
    "work_pools": "work_pool_id", "work_queues": "work_queue_id", "work_pool_queues": "work_queue_id",
    "workspace": "workspace_id", "workspace_role_id": "role_id", "workspace_roles": "role_id",
    "workspaces": "workspace_id", "staged": "membership_id", "now": "role_id", "was": "role_id",
}  # fmt: skip
# Words that say nothing about whose id it is. The word before them does.
_GENERIC = {"id", "ids", "any_", "not_any_", "all_", "before_", "after_", "key_id", "api_key_id", "grantee_id"}
_OTHERWISE = "flow_run_id"
# Which name a `<name>` is, by the word before it.
_NAMES = {
    "variables": "variable_name", "work_pools": "work_pool_name", "work_queues": "work_pool_name",
    "queues": "work_pool_name", "workers": "work_pool_name",
}  # fmt: skip
# Parts of addresses that are no ids: pages read them, but nothing is looked up by them.
_WORDS = {"rest": "settings", "pool_type": "process", "section": "members", "token": "x" * 43, "uidb36": "1"}
# What a form needs beside ids, so that a refusal comes from the id.
_FORM = {
    "confirmed": "1", "confirm_owner": "1", "description": "", "email": "new@example.com", "enabled": "true",
    "expiry": "30", "grace": "0", "handle": "brand-new", "name": "New", "network": "10.0.0.0/8", "scopes": "see_flows",
    "value": "1", "emails": "new@example.com", "active": "false",
}  # fmt: skip
_HEADERS = ("HTTP_REFERER", "HTTP_HX_CURRENT_URL", "HTTP_X_FORWARDED_URI", "HTTP_X_ORIGINAL_URL")


@dataclass(frozen=True)
class Attempt:
    """A request with ids still to be filled in. `place` says where the foreign ones stand."""

    place: str
    path: tuple[str | Id, ...]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    headers: bool = False


@dataclass(frozen=True)
class Filled:
    """A request to send. `sent` are the foreign ids in it."""

    path: str
    body: Any
    form: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    sent: tuple[str, ...]


def own_attempt(door: Door) -> Attempt:
    """Return a request with ids of one's own account only."""
    path = _path(door, set())
    form = {**_FORM, "workspace": Id(("workspace",))} if not door.is_operation and door.method == "POST" else {}
    return Attempt("own", path, body=example(door.body) if door.body else None, form=form)


def attempts_at(door: Door, fields: Collection[str], *, every_field: bool) -> Iterator[Attempt]:
    """Return the attempts at a door. `fields` are the names that its view reads from the query or the form.

    Each field is tried alone if `every_field`, and all of them in one request otherwise.
    """
    own = own_attempt(door)
    parts = [part for part in door.parts if part not in _WORDS]
    for foreign in dict.fromkeys(tuple(parts[first:]) for first in (range(len(parts)) if every_field else (0, -1))):
        if foreign:
            yield replace(own, place=f"path: {', '.join(foreign)}", path=_path(door, set(foreign)))
    if len(parts) > 1 and every_field:
        yield replace(own, place=f"path: {parts[0]}", path=_path(door, {parts[0]}))
    for place, body in bodies_with_id(door.body) if door.body else ():
        yield replace(own, place=f"body: {place}", body=body)
    values = {name: Id((name,), foreign=True) for name in sorted({*door.query, *fields}) if name not in _FORM}
    if not door.is_operation and door.method == "POST":
        values["staged"] = Id(("staged",), foreign=True)
    for name, value in values.items() if every_field else ():
        yield _with_fields(replace(own, place=f"field: {name}"), {name: value})
    yield _with_fields(replace(own, place="all fields, headers", headers=True), values)


def _with_fields(attempt: Attempt, values: Mapping[str, Any]) -> Attempt:
    """Return the attempt with these fields in its form, or in its query if it has none."""
    if attempt.form:
        return replace(attempt, form={**attempt.form, **values})
    return replace(attempt, query=values)


def fill(attempt: Attempt, own: Side, caller: Caller, other: Mapping[str, str]) -> Filled:
    """Return the request with the ids of the caller's side, and those of `other` for the foreign ones."""
    sent: dict[str, None] = {}

    def value(one: Any) -> Any:
        if isinstance(one, Id):
            name = _row_name(one, other)
            if not one.foreign:
                return _own_value(one, name, own, caller)
            sent[other[name]] = None
            return other[name]
        if isinstance(one, Mapping):
            return {key: value(below) for key, below in one.items()}
        return [value(below) for below in one] if isinstance(one, list) else one

    path = "".join(quote(value(part)) if isinstance(part, Id) else part for part in attempt.path)
    form = value(attempt.form)
    if "staged" in form:
        form |= _staged(form.pop("staged"), other, sent)
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    if attempt.headers:
        address = f"http://127.0.0.1/account/{other['account_id']}/workspace/{other['workspace_id']}/settings"
        headers, cookies = dict.fromkeys(_HEADERS, address), {LAST_WORKSPACE: other["workspace_id"]}
        sent |= dict.fromkeys((other["account_id"], other["workspace_id"]))
    query = f"?{urlencode(value(attempt.query))}" if attempt.query else ""
    return Filled(path + query, value(attempt.body), form, headers, cookies, tuple(sent))


def _path(door: Door, foreign: set[str]) -> tuple[str | Id, ...]:
    """Return the address in pieces, with the ids of the other account for the parts in `foreign`."""
    pieces: list[str | Id] = []
    above = ""
    route = re.sub(r"\^|\$|\(\?P<(\w+)>.*?\)(?=[-$])", r"x", door.route)  # links from mails, which name no account
    for piece in re.split(r"(<\w+>)", route):
        name = piece.strip("<>")
        if not piece.startswith("<"):
            pieces.append(piece)
            above = piece
        elif name in _WORDS:
            pieces.append(_WORDS[name])
        else:
            words = tuple(word for word in above.split("/") if word)[-1:]
            row = _name_below(above) if name == "name" else name
            row = f"{name}_handle" if name in ("account", "workspace") else row
            pieces.append(Id((*words, row), name in foreign))
    return tuple(pieces)


def _name_below(above: str) -> str:
    """Return the name in `Side.ids` of the row that a `<name>` in an address asks for."""
    return next((_NAMES[word] for word in reversed(above.split("/")) if word in _NAMES), "flow_name")


def _row_name(one: Id, ids: Mapping[str, str]) -> str:
    """Return the name in `Side.ids` of the row that a place of an id asks for."""
    for word in reversed(one.words):
        if word not in _GENERIC and (word in _ROWS or word in ids):
            return _ROWS.get(word, word)
    return _OTHERWISE


def _own_value(one: Id, name: str, own: Side, caller: Caller) -> str:
    """Return an id of the caller's side. Below `/users/` it is the caller's own."""
    if one.words == ("users", "id"):
        return str(caller.user.pk)
    return caller.key_id if name == "user_key_id" else own.ids[name]


def _staged(value: str, other: Mapping[str, str], sent: dict[str, None]) -> dict[str, str]:
    """Return the fields of a form that changes rows: the new role of each, by the id of the row."""
    form: dict[str, str] = {}
    for name in ("membership_id", "user_id", "team_id", "bot_id"):
        sent[other[name]] = None
        form |= {f"was-{other[name]}": "", f"now-{other[name]}": other["role_id"]}
    sent[other["role_id"]] = None
    return form
