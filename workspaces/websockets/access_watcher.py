"""Close open sockets within a second after their key or access has ended."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError

from accounts.models import Account, ApiKey
from core.fair_threads import FairThreads
from orgs.queries import roles_in_accounts
from orgs.services.networks import contains_address
from rbac.permissions import ROLES
from workspaces.entry_rules import still_held
from workspaces.models import Workspace
from workspaces.run_keys.services import run_keys_in_force
from workspaces.websockets.connection import POLICY, Caller, Socket

logger = logging.getLogger("bailiwick.sockets")

RECHECK_SECONDS = 0.5
_CHECKED_TOGETHER = 1_000
_threads = FairThreads(1, "access")


class Claim(NamedTuple):
    """The access that a socket was opened with, and without which it is closed. Sockets of the same caller share it."""

    key_id: UUID
    user_id: UUID
    workspace_id: UUID | None  # None for a socket of the account
    account_id: UUID
    scope: str  # or the permission in the account
    address: str
    run_key_id: UUID | None = None  # of the key of a flow run


class AccessWatcher:
    """Check the access of all open sockets of this process together, twice a second."""

    def __init__(self) -> None:
        self._open: dict[Claim, set[Socket]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def watching(self, socket: Socket, caller: Caller) -> AsyncIterator[None]:
        """Watch a socket inside the block."""
        claim = _claim(caller)
        self._open.setdefault(claim, set()).add(socket)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._open[claim].discard(socket)
            if not self._open[claim]:
                del self._open[claim]

    async def _watch(self) -> None:
        while self._open:
            await asyncio.sleep(RECHECK_SECONDS)
            claims = list(self._open)
            for start in range(0, len(claims), _CHECKED_TOGETHER):
                try:
                    ended = await _threads.run(None, ended_claims, claims[start : start + _CHECKED_TOGETHER])
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("Access of open sockets is checked again soon: %s", error)
                    continue
                for claim in ended:
                    for socket in self._open.get(claim, ()):
                        # In a task, because closing waits for clients that do not read.
                        closing = asyncio.create_task(socket.close(POLICY, "Access ended"))
                        self._closing.add(closing)
                        closing.add_done_callback(self._closing.discard)


def ended_claims(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims that no longer hold.

    The key was revoked or has expired, its flow run has ended, the user has lost the scope, or the account does not
    allow the address. Makes a fixed number of queries, however many claims there are.
    """
    valid_keys = ApiKey.objects.in_force().filter(id__in={claim.key_id for claim in claims})
    key_ids = set(valid_keys.values_list("id", flat=True))
    in_force = [claim for claim in claims if claim.key_id in key_ids]
    run_key_ids = {claim.run_key_id for claim in in_force if claim.run_key_id}
    lasting = run_keys_in_force(run_key_ids) if run_key_ids else set()
    needed = {claim: (claim.user_id, claim.workspace_id, claim.scope) for claim in in_force if claim.workspace_id}
    held = still_held(set(needed.values()))
    roles = roles_in_accounts({(claim.user_id, claim.account_id) for claim in in_force if not claim.workspace_id})
    accounts = Account.objects.filter(id__in={claim.account_id for claim in claims})
    networks = dict(accounts.values_list("id", "enforced_networks"))
    # A workspace may have another owner by now, whose networks count.
    workspaces = Workspace.objects.filter(id__in={claim.workspace_id for claim in in_force if claim.workspace_id})
    networks |= dict(workspaces.values_list("id", "account__enforced_networks"))

    def has_access(claim: Claim) -> bool:
        if claim.workspace_id:
            return claim in needed and needed[claim] in held
        role = roles.get((claim.user_id, claim.account_id))
        return role is not None and claim.scope in ROLES[role]

    def holds(claim: Claim) -> bool:
        enforced = networks.get(claim.workspace_id or claim.account_id, [])
        return (
            claim.key_id in key_ids
            and (claim.run_key_id is None or claim.run_key_id in lasting)
            and has_access(claim)
            and (not enforced or contains_address(enforced, claim.address))
        )

    return [claim for claim in claims if not holds(claim)]


def _claim(caller: Caller) -> Claim:
    return Claim(
        caller.key.id,
        caller.user.id,
        caller.workspace_id,
        caller.account.id,
        caller.scope,
        caller.address,
        caller.run.key_id if caller.run else None,
    )


access_watcher = AccessWatcher()
