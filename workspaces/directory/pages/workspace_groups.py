"""The workspaces that a person may enter, grouped by account, for the switcher and the list of all workspaces."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Account
from accounts.pages import PersonRequest
from orgs.account_restrictions import closed_reason
from orgs.pages import account_address
from orgs.queries import AccountAccess, accounts_of
from rbac import permissions
from rbac.effective import read_scopes
from workspaces.access.access_reasons import workspaces_open_to
from workspaces.models import Workspace

MAX_WORKSPACES = 200  # the pages of the accounts list all of them
_MAX_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """An account that a person belongs to, with the workspaces there that they may enter."""

    account_access: AccountAccess
    closed: str = ""  # the restriction that hides its workspaces (`orgs.account_restrictions.closed_reason`)
    workspaces: list[Workspace] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.account_access.account

    @property
    def shared(self) -> bool:
        """Return whether the person is a collaborator in somebody else's account."""
        return self.account_access.role == permissions.COLLABORATOR

    @property
    def kind(self) -> str:
        if self.shared:
            return "shared with you"
        return "personal" if self.account.kind == Account.PERSONAL else "organization"

    @property
    def may_create(self) -> bool:
        return not self.closed and self.account_access.may(permissions.CREATE_WORKSPACE)

    @property
    def address(self) -> str:
        return account_address(self.account, "overview")


def load_groups(request: PersonRequest) -> tuple[list[AccountGroup], bool]:
    """Return the groups, and whether they contain all workspaces: two queries.

    The personal account comes first, then organizations, then accounts of others. A closed account is listed without
    its workspaces, so that the page can say why. The scopes held in each workspace are its attribute `held`, which
    `scopes_of` and the tag `{% entrance workspace %}` read.
    """
    user = request.user
    account_accesses = accounts_of(user)[:_MAX_ACCOUNTS]
    groups = {
        access.account.id: AccountGroup(access, closed_reason(request, access.account)) for access in account_accesses
    }
    open_accounts = [group.account.id for group in groups.values() if not group.closed]
    workspaces = workspaces_open_to(user).with_my_scopes(user).filter(account__in=open_accounts)
    rows = list(workspaces[: MAX_WORKSPACES + 1])
    for workspace in rows[:MAX_WORKSPACES]:
        group = groups[workspace.account_id]
        group.workspaces.append(workspace)
    return sorted(groups.values(), key=lambda group: group.shared), len(rows) <= MAX_WORKSPACES


def workspaces_in(groups: list[AccountGroup]) -> Iterator[Workspace]:
    """Yield the workspaces of all groups."""
    for group in groups:
        yield from group.workspaces


def scopes_of(workspace: Workspace) -> frozenset[str]:
    """Return the reader's scopes in a workspace that has them as `held`."""
    return read_scopes(workspace.held)  # type: ignore[attr-defined]  # annotated by `with_my_scopes`
