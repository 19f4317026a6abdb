"""Limit how many sockets a process has open in total, and for each account, workspace and actor."""

from contextlib import AbstractContextManager

from django.conf import settings

from core.open_counts import Cap, OpenCounts
from core.rest.rate_limits import counted_as
from workspaces.websockets.connection import Caller

_waiting, _open = OpenCounts(), OpenCounts()


def waiting_socket(address: str) -> AbstractContextManager[None]:
    """Count a socket that waits for authentication. Raises `TooManyOpen`."""
    caps = settings.SOCKET_CAPS
    return _waiting.hold(
        [
            Cap("all", caps["waiting"], "connections that wait to be authenticated"),
            Cap(counted_as(address), caps["address_waiting"], "connections of this address that wait"),
        ]
    )


def open_socket(caller: Caller) -> AbstractContextManager[None]:
    """Count an authenticated socket while it is open. Raises `TooManyOpen`."""
    caps, tenant_id = settings.SOCKET_CAPS, caller.tenant_id
    kind = "workspace" if caller.workspace_id else "account"
    return _open.hold(
        [
            Cap("all", caps["process"], "open sockets"),
            Cap(("account", caller.account.id), caps["account"], "open sockets of this account"),
            Cap(("tenant", tenant_id), caps["workspace"], f"open sockets of this {kind}"),
            Cap(("actor", tenant_id, caller.user.id), caps["actor"], f"open sockets of this user in this {kind}"),
        ]
    )
