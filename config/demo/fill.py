"""Create the demo company with the usual services, and write its week of runs as rows."""

import random
from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.handles import suggest_handle
from accounts.services.people import create_user
from auditlog.actors import system
from config.demo.access import grant_access
from config.demo.company import (
    ORGANIZATION,
    ORGANIZATION_HANDLE,
    PASSWORD,
    PEOPLE,
    VARIABLES,
    VIEWS,
    WORKSPACES,
    Plan,
)
from config.demo.history import History
from config.demo.rows import Rows
from config.demo.work_pools import add_work_pools
from orgs.services.members import add_member
from orgs.services.organizations import create_organization
from workspaces.deployments.schemas import DeploymentCreate
from workspaces.deployments.services.deployments import create_or_update_deployment
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.saved_searches.query import filters_of
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable
from workspaces.work_pools.models import WorkPool

ACTOR = system("demo")
DESCRIPTIONS = {
    "analytics": "Reports, customer profiles and forecasts.",
    "operations": "What keeps depots and databases running.",
}


def emails() -> list[str]:
    """Return the addresses of the people, in the order of `PEOPLE`."""
    return [f"{first.lower()}@northwind.example" for first, _, _ in PEOPLE]


@transaction.atomic
def fill(now: datetime | None = None) -> bool:
    """Create the company and its last week. Returns False and changes nothing if it exists already."""
    if Account.objects.filter(handle=ORGANIZATION_HANDLE).exists():
        return False
    people = {first: _person(first, last, email) for (first, last, _), email in zip(PEOPLE, emails(), strict=True)}
    account = _organization(people)
    rng = random.Random(7)  # noqa: S311  a fixed seed gives the same company every time
    for handle, plans in WORKSPACES.items():
        workspace = create_workspace(
            account, name=handle.title(), handle=handle, description=DESCRIPTIONS[handle], actor=ACTOR
        )
        rows = Rows(workspace, now or timezone.now(), rng)
        History(rows).add_week(plans)
        rows.save()
        pool = add_work_pools(workspace, actor=ACTOR)
        _add_deployments(workspace, plans, pool)
        for name, value, tags in VARIABLES[handle]:
            create_variable(workspace, name=name, value=value, tags=tags, actor=ACTOR)
        for name, query in VIEWS:
            create_saved_search(workspace, name=name, filters=filters_of(QueryDict(query)), actor=ACTOR)
    grant_access(account, people, actor=ACTOR)
    return True


def _add_deployments(workspace: Workspace, plans: tuple[Plan, ...], pool: WorkPool) -> None:
    """Deploy the flows to the pool. Nobody runs them here, so the schedules of all but one are paused."""
    for number, plan in enumerate(plans):
        fields = {
            "name": "production",
            "flow_id": workspace.flows.get(name=plan.flow).id,
            "tags": list(plan.tags),
            "parameters": dict(plan.parameters),
            "entrypoint": f"flows/{plan.flow.replace('-', '_')}.py:main",
            "paused": number > 0,
            "schedules": [{"schedule": {"interval": plan.every_hours * 3600}, "slug": "regular"}],
            "work_pool_name": pool.name,
            "version_info": {"type": "git", "version": f"4c1d7e{number}", "branch": "main"},
        }
        body = DeploymentCreate.model_validate(fields)
        create_or_update_deployment(workspace, body, pool=pool, existing=None, actor=ACTOR)
    workspace.flowruns.filter(parent_task_run=None).update(work_queue=pool.default_queue_id, work_queue_name="default")


def _organization(people: dict[str, User]) -> Account:
    founder = people[PEOPLE[0][0]]
    account = create_organization(name=ORGANIZATION, handle=ORGANIZATION_HANDLE, founder=founder, actor=ACTOR)
    for first, _, role in PEOPLE[1:]:
        add_member(account, user=people[first], role=role, actor=ACTOR)
    return account


def _person(first: str, last: str, email: str) -> User:
    user = User.objects.filter(email=email).first()
    return user or create_user(
        email=email, password=PASSWORD, handle=suggest_handle(email), first_name=first, last_name=last
    )


def workspaces() -> list[Workspace]:
    """Return the workspaces of the company."""
    return list(Workspace.objects.filter(account__handle=ORGANIZATION_HANDLE).select_related("account"))
