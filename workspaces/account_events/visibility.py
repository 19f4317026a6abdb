"""What a caller may see of an account's events."""

from uuid import UUID

from accounts.models import Account, User
from core.db import tenants
from rbac.effective import read_scopes
from rbac.scopes import SEE_EVENTS
from workspaces.models import Workspace


def visible_workspaces(user: User, account: Account) -> list[UUID]:
    """Return the ids of the account's workspaces whose events the user may see, and let the request reach them."""
    rows = Workspace.objects.filter(account=account).open_to(user).with_my_scopes(user).only("id")
    visible = [row.id for row in rows if SEE_EVENTS in read_scopes(row.held)]  # type: ignore[attr-defined]  # annotated
    tenants.reach(*visible)
    return visible
