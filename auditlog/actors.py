"""Who acts. Every write names one."""

from dataclasses import dataclass
from uuid import UUID

USER, SERVICE_ACCOUNT, SYSTEM = "user", "service_account", "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is one of the three above; a system actor has a name and no id."""

    kind: str
    id: UUID | None
    name: str


def system(name: str) -> Actor:
    """The actor of work that the installation does on its own: `system("retention")`."""
    return Actor(SYSTEM, None, name)
