"""Hooks by which packages above say what retention must keep.

`workspaces.audit_log` registers what streams and exports still need in `AppConfig.ready()`:

    hooks.audit_needed.append(first_needed_position)
"""

from collections.abc import Callable
from uuid import UUID

# Called with an account. Returns the position of the first audit entry that is still needed, or None.
audit_needed: list[Callable[[UUID], int | None]] = []
