"""What an account uses of what its plan allows."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from accounts.models import Account
from auditlog.actors import USER
from core.db import tenants
from orgs.models import Membership, ServiceAccount
from orgs.models.plans import LIMITS
from orgs.plans import NOT_ENFORCED, AccountTerms
from workspaces.deployments.models import Deployment
from workspaces.models import Workspace
from workspaces.work_pools.models import WorkPool
from workspaces.work_pools.services.pools import pools_of_account


@dataclass(frozen=True, slots=True)
class LimitUsage:
    """How many objects of a kind an account has, and may have at most. No limit is None."""

    name: str  # a key of LIMITS
    used: int
    limit: int | None
    enforced: bool

    @property
    def reached(self) -> bool:
        return self.limit is not None and self.used >= self.limit

    @property
    def exceeded(self) -> bool:
        """Return whether there are more than the limit: it was lowered after they were created."""
        return self.limit is not None and self.used > self.limit


def usage_of(account: Account, terms: AccountTerms) -> list[LimitUsage]:
    """Return the usage for each limit that applies to this kind of account."""
    other_kind = "collaborators" if account.kind == Account.ORGANIZATION else "members"
    counted = {name: number for name, number in _counts(account).items() if name != other_kind}
    return [
        LimitUsage(name, number, terms.limit(name), enforced=name not in NOT_ENFORCED)
        for name, number in counted.items()
    ]


def count_in_workspaces(workspaces: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Return the numbers of deployments and of work pools by workspace. The caller may enter these workspaces."""
    with tenants.reaching(*workspaces):
        return _by_workspace(Deployment.objects, workspaces), _by_workspace(WorkPool.objects, workspaces)


def _counts(account: Account) -> dict[str, int]:
    people = Membership.objects.filter(account=account, user__kind=USER).count()
    with tenants.reaching_all():  # counts the pools of one account, also in workspaces that the caller may not enter
        pools = pools_of_account(account.id).count()
    counts = {
        "workspaces": Workspace.objects.filter(account=account).count(),
        "members": people,
        "collaborators": people,
        "service_accounts": ServiceAccount.objects.filter(home_account=account).count(),
        "automations": 0,
        "work_pools": pools,
    }
    assert counts.keys() == LIMITS.keys()
    return counts


def _by_workspace(rows: Any, workspaces: Collection[UUID]) -> dict[UUID, int]:
    counted: QuerySet[Any, Any] = rows.filter(workspace__in=workspaces).order_by().values_list("workspace")
    return Counter(dict(counted.annotate(Count("id"))))
