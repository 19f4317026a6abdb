"""Where somebody may go: their workspaces, grouped by account, as the switcher and the page of all show them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Account, User
from orgs.pages import account_address
from orgs.queries import Belonging, accounts_of
from rbac import permissions
from rbac.effective import read_scopes
from workspaces.models import Workspace
from workspaces.why import entered

SHOWN = 200  # workspaces; the accounts' own pages have all of them
_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class Group:
    """An account that somebody belongs to, with its workspaces that they may enter."""

    belonging: Belonging
    workspaces: list[Workspace] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.belonging.account

    @property
    def shared(self) -> bool:
        """Somebody else's, of which one or more workspaces are shared with the reader."""
        return self.belonging.role == permissions.COLLABORATOR

    @property
    def kind(self) -> str:
        if self.shared:
            return "shared with you"
        return "personal" if self.account.kind == Account.PERSONAL else "organization"

    @property
    def may_create(self) -> bool:
        return self.belonging.may("create:workspace")

    @property
    def address(self) -> str:
        return account_address(self.account, "overview")


def groups_of(user: User) -> tuple[list[Group], bool]:
    """The personal account, organizations, then what is shared, by handle; whether all workspaces are in it.

    Each workspace has what is held there as `held` (`{% entrance workspace %}`). Two queries, however many there are.
    """
    belongings = accounts_of(user)[:_ACCOUNTS]
    groups = {one.account.id: Group(one) for one in belongings}
    found = entered(user).with_my_scopes(user).filter(account__in=list(groups))
    rows = list(found[: SHOWN + 1])
    for workspace in rows[:SHOWN]:
        group = groups[workspace.account_id]
        group.workspaces.append(workspace)
    return sorted(groups.values(), key=lambda group: group.shared), len(rows) <= SHOWN


def workspaces_in(groups: list[Group]) -> Iterator[Workspace]:
    for group in groups:
        yield from group.workspaces


def scopes_in(workspace: Workspace) -> frozenset[str]:
    """What the reader may do in one of these."""
    return read_scopes(workspace.held)  # type: ignore[attr-defined]  # annotated by `groups_of`
