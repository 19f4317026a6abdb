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
)
from config.demo.deployments import add_deployments
from config.demo.history import History
from config.demo.rows import Rows
from config.demo.work_pools import add_work_pools
from orgs.services.members import add_member
from orgs.services.organizations import create_organization
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.saved_searches.query import filters_of
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable

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
        for name, value, tags in VARIABLES[handle]:
            create_variable(workspace, name=name, value=value, tags=tags, actor=ACTOR)
        add_work_pools(workspace, actor=ACTOR)
        add_deployments(workspace, plans, actor=ACTOR)
        for name, query in VIEWS:
            create_saved_search(workspace, name=name, filters=filters_of(QueryDict(query)), actor=ACTOR)
    grant_access(account, people, actor=ACTOR)
    return True


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
