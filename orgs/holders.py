"""The holders of workspace roles in an account: their number and their grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import Account
from auditlog.actors import SERVICE_ACCOUNT, USER
from orgs.models import Invitation
from rbac.models import Grant


@dataclass(frozen=True, slots=True)
class HolderCounts:
    """How many people, teams and service accounts were granted a role in the account's workspaces.

    `defaults` counts the workspaces where it is the default role of everyone, `invited` the pending invitations.
    """

    people: int = 0
    teams: int = 0
    service_accounts: int = 0
    defaults: int = 0
    invited: int = 0

    @property
    def words(self) -> str:
        """Return the counts as text: `12 people, 1 team`. It is empty if nobody holds the role."""
        return ", ".join(part for part in self._parts() if part)

    def _parts(self) -> tuple[str, ...]:
        return (
            _counted(self.people, "person", "people"),
            _counted(self.teams, "team", "teams"),
            _counted(self.service_accounts, "service account", "service accounts"),
            (self.defaults and f"default in {_counted(self.defaults, 'workspace', 'workspaces')}") or "",
            (self.invited and f"{self.invited} invited") or "",
        )


def holders_of_roles(account: Account, roles: Iterable[UUID]) -> dict[UUID, HolderCounts]:
    """Return the counts by role, in two queries. Roles that nobody holds are left out."""
    ids = list(roles)
    counted = {
        role: (people, teams, bots, defaults)
        for role, people, teams, bots, defaults in grants_of_roles(account, ids)
        .order_by()
        .values("role")
        .annotate(
            people=Count("user", distinct=True, filter=Q(user__kind=USER)),
            teams=Count("group", distinct=True, filter=Q(group__team__everyone=False)),
            service_accounts=Count("user", distinct=True, filter=Q(user__kind=SERVICE_ACCOUNT)),
            defaults=Count("workspace", distinct=True, filter=Q(group__team__everyone=True)),
        )
        .values_list("role", "people", "teams", "service_accounts", "defaults")
    }
    invited = dict(
        Invitation.objects.filter(account=account, workspace_role__in=ids, status=Invitation.PENDING)
        .order_by()
        .values_list("workspace_role")
        .annotate(Count("id"))
    )
    none = (0, 0, 0, 0)
    return {
        role: HolderCounts(*counted.get(role, none), invited.get(role, 0)) for role in counted.keys() | invited.keys()
    }


def grants_of_roles(account: Account, roles: Iterable[UUID]) -> "QuerySet[Grant, Any]":
    """Return the grants of these roles in the workspaces of this account. Built-in roles have grants in others, too."""
    return Grant.objects.filter(role__in=list(roles), workspace__account=account)


def _counted(number: int, one: str, more: str) -> str:
    return "" if number == 0 else f"{number} {one if number == 1 else more}"
