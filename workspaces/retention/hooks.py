"""Hooks by which packages above say what retention must keep.

`workspaces.audit_log` registers what streams and exports still need in `AppConfig.ready()`:

    hooks.audit_needed.append(first_needed_position)
"""

from collections.abc import Callable
from uuid import UUID

# Called with an account. Returns the position of the first audit entry that is still needed, or None.
audit_needed: list[Callable[[UUID], int | None]] = []


def first_needed_entry(account_id: UUID) -> int | None:
    """Return the position of the first audit entry of the account that a hook needs, or None."""
    needed = [position for hook in audit_needed if (position := hook(account_id)) is not None]
    return min(needed, default=None)
