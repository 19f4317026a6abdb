"""One order of locks, so that nobody waits in a circle: the account, then a workspace, a role, memberships, actors."""

from uuid import UUID

from accounts.models import Account


def hold_account(account_id: UUID) -> None:
    """One change at a time of an account's people, teams, roles and sharing, until the transaction ends."""
    list(Account.objects.select_for_update(no_key=True).filter(id=account_id).values_list("id"))
