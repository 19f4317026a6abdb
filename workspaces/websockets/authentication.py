"""Authenticate the callers of websockets (docs/contract/client-protocol.md, "Websocket authentication")."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from accounts.authentication import note_use
from accounts.models import ApiKey
from accounts.services.keys import find_key
from accounts.services.run_key_values import run_key_id
from auditlog.request_context import handling_request
from core.db.ids import new_id
from core.fair_threads import FairThreads
from core.open_counts import TooManyOpen
from core.rest.errors import ApiError
from core.rest.rate_limits import limit_wrong_keys, sends_wrong_keys
from orgs.networks import allows_address
from orgs.queries import AccountAccess, account_access
from workspaces.scoping import Access, enter_with_key
from workspaces.websockets.connection import POLICY, TOO_MANY, TRY_AGAIN, Caller, Socket
from workspaces.websockets.counts import open_socket, waiting_socket

AUTH_SECONDS = 15
MESSAGE_BYTES = 2 * 1024 * 1024  # from authenticated clients

# Separate threads, in which addresses take turns, so that many wrong keys delay neither events nor other callers.
_threads = FairThreads(2, "authentication")


@dataclass(frozen=True, slots=True)
class Door:
    """What opens a websocket: a scope, and whether the keys of flow runs open it, too."""

    scope: str
    for_runs: bool = False


async def authenticate(
    socket: Socket, account_id: UUID, workspace_id: UUID | None, door: Door, exit_stack: ExitStack
) -> Caller | None:
    """Return the caller, or None after refusing the socket with a reason.

    Without a workspace, the scope of `door` is a permission in the account. The socket counts as open until
    `exit_stack` is closed.
    """
    try:
        with waiting_socket(socket.address):
            if socket.offers_subprotocol:
                return await _authenticate_by_message(socket, account_id, workspace_id, door, exit_stack)
            return await _authenticate_by_header(socket, account_id, workspace_id, door, exit_stack)
    except TooManyOpen as error:
        if socket.accepted:
            await socket.close(TRY_AGAIN, str(error))
        else:
            await socket.refuse(TOO_MANY, str(error))
        return None


async def _authenticate_by_header(
    socket: Socket, account_id: UUID, workspace_id: UUID | None, door: Door, exit_stack: ExitStack
) -> Caller | None:
    caller: Caller | str = "Invalid token"
    if socket.header_key:
        caller = await _threads.run(
            socket.address, _identify, socket, socket.header_key, account_id, workspace_id, door
        )
    if isinstance(caller, str):
        await socket.refuse(*_REFUSALS[caller])
        return None
    exit_stack.enter_context(open_socket(caller))
    socket.limit_messages(MESSAGE_BYTES)
    await socket.accept()
    return caller


async def _authenticate_by_message(
    socket: Socket, account_id: UUID, workspace_id: UUID | None, door: Door, exit_stack: ExitStack
) -> Caller | None:
    """Authenticate a client that offers the subprotocol: it sends its key in a first message.

    If the token in it is null, the key is read from the header.
    """
    await socket.accept()
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            message = await socket.receive_json()
    except TimeoutError:
        message = None
    if not isinstance(message, dict) or message.get("type") != "auth":
        await socket.close(POLICY, "Expected 'auth' message")
        return None
    token = message.get("token")
    # The token may be "user:key" (docs/contract/client-protocol.md, "Websocket authentication").
    value = token.rpartition(":")[2] if isinstance(token, str) and token else socket.header_key
    if not value:
        await socket.close(POLICY, "Auth required but no token provided")
        return None
    caller = await _threads.run(socket.address, _identify, socket, value, account_id, workspace_id, door)
    if isinstance(caller, str):
        await socket.close(POLICY, caller)
        return None
    exit_stack.enter_context(open_socket(caller))
    socket.limit_messages(MESSAGE_BYTES)
    await socket.send_json({"type": "auth_success"})
    return caller


# The HTTP status and text of a refused connection, by the reason from `_identify`.
_REFUSALS = {
    "Invalid token": (401, "Invalid authentication credentials"),
    "Not Found": (404, "Not Found"),
    "Forbidden": (403, "Forbidden"),
    "Too many wrong API keys": (429, "Too many wrong API keys"),
}


def _identify(socket: Socket, value: str, account_id: UUID, workspace_id: UUID | None, door: Door) -> Caller | str:
    """Return the caller with the API key `value`, or the reason for which they are refused."""
    with handling_request(new_id(), address=socket.address, user_agent=socket.user_agent):
        try:
            return _admit(socket, value, account_id, workspace_id, door)
        except ApiError:  # from `limit_wrong_keys`
            return "Too many wrong API keys"


def _admit(socket: Socket, value: str, account_id: UUID, workspace_id: UUID | None, door: Door) -> Caller | str:
    """Like `_identify`, but raises `ApiError` if too many wrong keys come from the address.

    `orgs.rate_limits` limits how many sockets are opened with valid keys.
    """
    if sends_wrong_keys(socket.address) and find_key(value) is None and run_key_id(value) is None:
        limit_wrong_keys(socket.address)
    key, access = _enter(value, account_id, workspace_id)
    if key is None:
        limit_wrong_keys(socket.address)
        return "Invalid token"
    if access is None:
        return "Not Found"
    caller = Caller(key, key.user, access, door.scope, socket.address)
    allowed = access.may(door.scope) if isinstance(access, AccountAccess) else access.allows(door.scope)
    if caller.run is not None:
        allowed = allowed and door.for_runs
    if not allowed or not allows_address(caller.account, socket.address, key.user.as_actor()):
        return "Forbidden"
    note_use(key, socket.address)
    return caller


def _enter(
    value: str, account_id: UUID, workspace_id: UUID | None
) -> tuple[ApiKey | None, Access | AccountAccess | None]:
    """Return the valid key with this value, and its user's access to the workspace, or to the account without one."""
    if workspace_id is not None:
        return enter_with_key(value, workspace_id, account_id)
    key = find_key(value)
    return key, account_access(key.user, account_id) if key else None
