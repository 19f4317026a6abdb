"""Try the websockets, with ids of the other account in the address and in messages."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson
from django.utils import timezone

from config.isolation.exchange import Answer
from config.isolation.proof import Proof
from config.isolation.side import ADDRESS, Caller
from config.isolation.verdicts import is_good, verdict

# For the server to send what it has. On a busy machine that may take longer, so a difference is looked at again.
_SECONDS, _LONGER = 0.7, 5.0


def try_sockets(proof: Proof, roles: list[str]) -> int:
    """Try every websocket with every role, and return how many there are. The rows must be committed."""
    from config.asgi import ACCOUNT_SOCKETS, SOCKETS  # turns the importing process into a web process

    for name in SOCKETS:
        for place in ("address", "workspace in the address", "messages"):
            asyncio.run(_try_roles(proof, name, place, roles))
    for name in ACCOUNT_SOCKETS:
        for place in ("address", "messages"):
            asyncio.run(_try_roles(proof, f"account {name}", place, roles))
    return len(SOCKETS) + len(ACCOUNT_SOCKETS)


async def _try_roles(proof: Proof, name: str, place: str, roles: list[str]) -> None:
    await asyncio.gather(*(_try(proof, name, place, proof.ours.callers[role]) for role in roles))


async def _try(proof: Proof, name: str, place: str, caller: Caller) -> None:
    found = await _verdict(proof, name, place, caller, _SECONDS)
    if not is_good(found):
        found = await _verdict(proof, name, place, caller, _LONGER)
    door = f"websocket {name}"
    results = proof.results.verdicts.setdefault(door, {})
    if not is_good(found):
        proof.results.problems.append(f"{door} as {caller.role}, {place}: {found}")
    if is_good(results.get(caller.role, found)):
        results[caller.role] = found.partition(":")[0]


async def _verdict(proof: Proof, name: str, place: str, caller: Caller, seconds: float) -> str:
    """Compare what ids of the other account bring with what ids of nothing bring."""
    both = (proof.theirs.ids, proof.missing)
    foreign, missing = await asyncio.gather(*(_connect(proof, name, place, caller, ids, seconds) for ids in both))
    return verdict(foreign, missing, tuple(both[0].values()), tuple(both[1].values()), proof.secrets)


async def _connect(
    proof: Proof, name: str, place: str, caller: Caller, other: Mapping[str, str], seconds: float
) -> Answer:
    """Connect, authenticate, send messages with ids of `other`, and return all that comes back in these seconds."""
    from config.asgi import application

    account = other["account_id"] if place == "address" else proof.ours.ids["account_id"]
    workspace = proof.ours.ids["workspace_id"] if place == "messages" else other["workspace_id"]
    below = "" if name.startswith("account ") else f"/workspaces/{workspace}"
    frames: list[str] = []
    waiting = [{"type": "websocket.connect"}]
    for message in ({"type": "auth", "token": caller.key}, *_messages(name, other)):
        waiting.append({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        frames.append(
            f"{message['type']} {message.get('code', '')} {message.get('reason', '')} {message.get('text', '')}"
        )

    scope = {
        "type": "websocket", "path": f"/api/accounts/{account}{below}/{name.removeprefix('account ')}", "headers": [],
        "subprotocols": ["prefect"], "client": (ADDRESS, 1), "extensions": {},
    }  # fmt: skip
    await application(scope, receive, send)
    closed = any(frame.startswith("websocket.close") for frame in frames)
    return Answer(403 if closed else 101, "\n".join(sorted(frames)))


def _messages(name: str, other: Mapping[str, str]) -> list[dict[str, Any]]:
    run = f"prefect.flow-run.{other['flow_run_id']}"
    if name == "events/in":
        resource = {"prefect.resource.id": run}
        event = {"id": str(uuid4()), "event": "isolation", "occurred": timezone.now().isoformat(), "resource": resource}
        return [{**event, "related": [], "payload": {}, "follows": other["event_id"]}]
    if name.endswith("events/out"):
        return [{"type": "filter", "backfill": True, "filter": {"resource": {"id": [run]}}}]
    runs = {"any_": [other["flow_run_id"]]}
    return [{"type": "filter", "backfill": True, "filter": {"flow_run_id": runs}}]
