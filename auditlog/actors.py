"""Actors. Every write names the one who made it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

USER, SERVICE_ACCOUNT, SYSTEM = "user", "service_account", "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a service account or the system, by `kind`. A system actor has a name and no id."""

    kind: str
    id: UUID | None
    name: str
    # When the actor's access was last ended, as of the authentication of the request.
    access_ended_at: datetime | None = field(default=None, compare=False, repr=False)


def system(name: str) -> Actor:
    """Return the actor for work that the installation does by itself: `system("retention")`."""
    return Actor(SYSTEM, None, name)
