"""Audit entries about an account."""

from typing import Any
from uuid import UUID

from accounts.models import Account
from auditlog.actors import Actor
from auditlog.services import record


def record_for(
    account: Account, action: str, *, actor: Actor, object_id: UUID | str, object_name: str = "", **detail: Any
) -> None:
    """Write an audit entry about an object of the account. Call it in the transaction of the change."""
    record(action, actor=actor, account_id=account.id, object_id=object_id, object_name=object_name, **detail)
