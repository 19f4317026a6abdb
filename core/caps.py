"""Caps on the number of objects, so that nobody fills the database."""

from core.errors import Invalid

_WORDS = {
    "keys": "A person or service account can have at most {} API keys. Revoke one that is no longer used.",
    "organizations": "One person can own at most {} organizations.",
    "former_handles": "A handle can be changed at most {} times in 90 days.",
    "workspaces": "An account can have at most {} workspaces.",
    "members": "An account can have at most {} members.",
    "pending_invitations": "At most {} invitations of an account can be pending. Revoke some of them first.",
    "teams": "An account can have at most {} teams.",
    "service_accounts": "An account can have at most {} service accounts.",
    "roles": "An account can have at most {} roles of its own.",
    "leases": "A workspace can hold at most {} leases of concurrency slots at the same time.",
    "flow_run_inputs": "A flow run can have at most {} inputs.",
}


class LimitReached(Invalid):
    """There are as many objects as there may be. The API answers 422."""


def check_cap(name: str, limit: int, present: int, *, adding: int = 1) -> None:
    """Raise `LimitReached` if adding to the `present` number would exceed the limit. A limit of 0 is none.

    Lock the owner before counting, so that two requests cannot both add the last one.
    """
    if limit and present + adding > limit:
        words = _WORDS.get(name) or f"A workspace can have at most {{}} {name.replace('_', ' ')}."
        raise LimitReached(words.format(f"{limit:,}"), code="limit")
