"""What rules know about the concurrency limit of a run's deployment. The services look it up and take the slots."""

from dataclasses import dataclass
from typing import Protocol

LEASE = "deployment_concurrency_lease_id"  # the name in the details of states

# The results of asking for a slot.
TAKEN, FULL, NONE_AT_ALL, NO_LIMIT, NO_DEPLOYMENT = "taken", "full", "none at all", "no limit", "no deployment"

RENEWING_CLIENT = (3, 4, 11)  # the first version of the client that renews leases
# Workers of these versions took the slots themselves.
_SLOT_TAKING_CLIENTS = ((3, 0, 0), (3, 0, 3))

ClientVersion = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SlotResult:
    """A slot that was taken, with its lease, or why there is none."""

    result: str
    lease_id: str | None = None
    cancels_new: bool = False  # whether a run without a slot is cancelled instead of waiting for one


class DeploymentSlots(Protocol):
    """The slots of a run's deployment."""

    def take(self) -> SlotResult:
        """Take a slot for the run."""

    def keep(self, lease_id: str) -> SlotResult:
        """Renew the lease of the run's slot, or take another slot if it has expired."""

    def look(self) -> SlotResult:
        """Return whether there is a free slot: `NO_LIMIT` also if there is one."""


def renews_leases(version: ClientVersion | None) -> bool:
    """Return whether a client of this version renews its lease while a flow runs."""
    return version is not None and version >= RENEWING_CLIENT


def takes_slots(version: ClientVersion | None) -> bool:
    """Return whether a client of this version takes slots itself."""
    return version is not None and _SLOT_TAKING_CLIENTS[0] <= version <= _SLOT_TAKING_CLIENTS[1]
