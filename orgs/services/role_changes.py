"""Change the account roles of several members at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Conflict
from orgs.models import Membership
from orgs.services.locks import lock_account
from orgs.services.members import change_role
from rbac import permissions


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A new account role of a member. `seen` is the role that the actor's page showed."""

    membership: Membership
    seen: str
    role: str


@transaction.atomic
def change_roles(
    account: Account, changes: Sequence[RoleChange], *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> None:
    """Make all changes or none. Changes that somebody else has already made are skipped.

    Raises `Conflict` if a role is now neither the one that the actor saw nor the chosen one, and the errors of
    `change_role`. New owners come first, so that owners can hand the account over in one step.
    """
    lock_account(account.id)
    ids = [change.membership.id for change in changes]
    current = dict(Membership.objects.filter(account=account, id__in=ids).values_list("id", "role"))
    for change in changes:
        if current.get(change.membership.id, change.role) not in (change.seen, change.role):
            raise Conflict("Somebody else changed these roles meanwhile. Check them, then save again.")
    for change in sorted(changes, key=lambda change: change.role != permissions.OWNER):
        change_role(change.membership, change.role, actor=actor, granter_scopes=granter_scopes)
