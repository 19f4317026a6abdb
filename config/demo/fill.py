"""The demo company, made by the same verbs as any other; its week of runs is written as rows."""

import random
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.handles import suggest_handle
from accounts.services.people import create_user
from auditlog.actors import system
from config.demo.access import let_in
from config.demo.company import ORGANIZATION, ORGANIZATION_HANDLE, PASSWORD, PEOPLE, WORKSPACES
from config.demo.history import History
from config.demo.rows import Rows
from orgs.services.members import add_member
from orgs.services.organizations import found_organization
from workspaces.models import Workspace
from workspaces.services import create_workspace

ACTOR = system("demo")
DESCRIPTIONS = {
    "analytics": "Reports, customer profiles and forecasts.",
    "operations": "What keeps depots and databases running.",
}


def emails() -> list[str]:
    return [f"{first.lower()}@northwind.example" for first, _, _ in PEOPLE]


@transaction.atomic
def fill(now: datetime | None = None) -> bool:
    """Make the company and its week up to now. False when it is there already: then nothing changes."""
    if Account.objects.filter(handle=ORGANIZATION_HANDLE).exists():
        return False
    people = {first: _person(first, last, email) for (first, last, _), email in zip(PEOPLE, emails(), strict=True)}
    account = _organization(people)
    chance = random.Random(7)  # noqa: S311  the same company every time
    for handle, plans in WORKSPACES.items():
        workspace = create_workspace(
            account, name=handle.title(), handle=handle, description=DESCRIPTIONS[handle], actor=ACTOR
        )
        rows = Rows(workspace, now or timezone.now(), chance)
        History(rows).tell(plans)
        rows.save()
    let_in(account, people, actor=ACTOR)
    return True


def _organization(people: dict[str, User]) -> Account:
    founder = people[PEOPLE[0][0]]
    account = found_organization(name=ORGANIZATION, handle=ORGANIZATION_HANDLE, founder=founder, actor=ACTOR)
    for first, _, role in PEOPLE[1:]:
        add_member(account, user=people[first], role=role, actor=ACTOR)
    return account


def _person(first: str, last: str, email: str) -> User:
    found = User.objects.filter(email=email).first()
    return found or create_user(
        email=email, password=PASSWORD, handle=suggest_handle(email), first_name=first, last_name=last
    )


def workspaces() -> list[Workspace]:
    return list(Workspace.objects.filter(account__handle=ORGANIZATION_HANDLE).select_related("account"))
