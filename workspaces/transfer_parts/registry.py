"""The parts of a transfer: what each noun has to say and do when a workspace changes its owner."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account
from workspaces.models import Workspace
from workspaces.transfer_parts.outlook import Outlook, outlook_of

MOST_COUNTED = 10_001  # is shown as "10,000+"
KEEPS, LOSES, GAINS, CHANGES = "keeps", "loses", "gains", "changes"


@dataclass(frozen=True)
class Move:
    """A workspace on its way from one account to another.

    `roles` maps the ids of the source's custom roles to those of roles that are usable in the target, or to None if
    the grant ends.
    """

    workspace: Workspace
    source: Account
    target: Account
    roles: Mapping[UUID, UUID | None] = field(default_factory=dict)

    @cached_property
    def outlook(self) -> Outlook:
        """Return who may enter before and after the transfer."""
        return outlook_of(self.workspace, self.source, self.target, self.roles)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the transfer does to one object or one holder of access.

    `before` and `after` are the names of roles, or of those on an access list. `depends_on_target` says that the
    effect tells who belongs to the target, so that it is shown only to people who belong there themselves.
    """

    kind: str
    id: str
    name: str
    outcome: str
    reason: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    depends_on_target: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the preview shows and that may change at any time. It is not part of what is approved.

    `depends_on_target` says that it tells about the target's plan, so that only people who belong there see it.
    """

    name: str
    label: str
    number: int
    depends_on_target: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """How many objects of a kind count against a limit of plans: in the source, in the target, in the workspace."""

    limit: str
    in_source: int
    in_target: int
    moving: int


def _nothing(move: Move) -> list[Any]:
    return []


def _apply_nothing(move: Move) -> Any:
    return None


def _restore_nothing(move: Move, snapshot: Any, transferred_at: datetime) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Part:
    """The part of one noun. Each function is optional.

    `effects` returns what will happen. `figures` returns numbers to know, and `usage` those that plans limit.
    `problems` returns why the transfer is not possible now, in words that both sides may read. `apply` makes the
    changes, before the workspace changes its owner, and returns a snapshot as JSON. `restore` gets the snapshot back
    after the workspace has returned, and makes them undone. The transfer holds the locks of both accounts and of the
    workspace. Parts with a lower `order` come first: grants are restored before the lists that depend on them.
    """

    name: str
    title: str
    effects: Callable[[Move], list[Effect]] = _nothing
    figures: Callable[[Move], list[Figure]] = _nothing
    apply: Callable[[Move], Any] = _apply_nothing
    restore: Callable[[Move, Any, datetime], None] = _restore_nothing
    usage: Callable[[Move], list[Usage]] = _nothing
    problems: Callable[[Move], list[str]] = _nothing
    order: int = 10


_parts: dict[str, Part] = {}


def count_some(rows: QuerySet[Any]) -> int:
    """Count rows, but no more than a limit: a preview does not read a large history."""
    return rows.order_by()[:MOST_COUNTED].count()


def register(part: Part) -> None:
    """Add a part."""
    _parts[part.name] = part


def parts() -> list[Part]:
    """Return all parts in their order."""
    return sorted(_parts.values(), key=lambda part: part.order)
