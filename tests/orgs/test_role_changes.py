"""A role that many hold changes for all of them in one step, and quickly."""

import threading
import time

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import Account, User
from auditlog.actors import system
from core.db.ids import new_id
from orgs.models import Membership
from orgs.services.organizations import create_organization
from orgs.services.roles import create_role, delete_role, update_role
from orgs.services.teams import create_team
from rbac import builtin, permissions, scopes
from rbac.catalogue import with_included_scopes
from rbac.grants import add_members, holders_of
from rbac.models import Grant, WorkspaceRole
from tests.cast import make_person, share
from workspaces.models import Workspace
from workspaces.scoping import enter

TESTS = system("tests")
OLD, NEW = (
    with_included_scopes([scopes.SEE_FLOWS]),
    with_included_scopes([scopes.MANAGE_AUTOMATIONS, scopes.MANAGE_DEPLOYMENTS]),
)
SECONDS = 2.0

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no such load"),
]


def held_by(account: Account, role: WorkspaceRole, *, people: int, workspaces: int) -> tuple[User, Workspace]:
    """Let people hold a role, each in five of the workspaces, and a team in all; one of them, and a place of theirs."""
    places = Workspace.objects.bulk_create(
        [Workspace(id=new_id(), account=account, name="w", handle=f"w{number}") for number in range(workspaces)]
    )
    password = make_password(None)
    users = [User(id=new_id(), email=f"p{number}@example.com", password=password) for number in range(people)]
    User.objects.bulk_create(users)
    Membership.objects.bulk_create([Membership(account=account, user=user, role=permissions.MEMBER) for user in users])
    team = create_team(account, name="Data", actor=TESTS)
    for number, place in enumerate(places):
        inside = [user for order, user in enumerate(users) if (order - number) % (workspaces // 5) == 0]
        Grant.objects.bulk_create([Grant(workspace=place, role=role, user=user) for user in inside])
        add_members(holders_of(place.id, role), [user.id for user in inside])
        share(place, team, role.name)
    return users[0], places[0]


@pytest.fixture
def account(transactional_db: None) -> Account:
    founder = make_person("frida").user
    return create_organization(name="Initech", handle="initech", founder=founder, actor=TESTS)


def test_role_of_a_thousand_people_in_two_hundred_workspaces_changes_in_two_seconds(account: Account) -> None:
    role = create_role(account, name="Many", scopes=OLD, actor=TESTS)
    user, place = held_by(account, role, people=1000, workspaces=200)
    assert Grant.objects.filter(role=role, user__isnull=False).count() == 5000
    for wanted in (NEW, OLD):
        began = time.monotonic()
        update_role(role, scopes=wanted, actor=TESTS)
        assert time.monotonic() - began < SECONDS
        access = enter(user, place.id)
        assert access is not None
        assert access.scopes == wanted
    began = time.monotonic()
    delete_role(role, instead=WorkspaceRole.objects.get(id=builtin.IDS[builtin.VIEWER]), actor=TESTS)
    assert time.monotonic() - began < 10 * SECONDS
    access = enter(user, place.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.VIEWER]


def test_readers_never_see_a_half_changed_role(account: Account) -> None:
    role = create_role(account, name="Many", scopes=OLD, actor=TESTS)
    user, place = held_by(account, role, people=50, workspaces=50)
    seen: set[frozenset[str]] = set()
    reads, done = [0], threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                access = enter(user, place.id)
                seen.add(access.scopes if access else frozenset())
                reads[0] += 1
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(10):
        update_role(role, scopes=NEW if number % 2 == 0 else OLD, actor=TESTS)
    done.set()
    for reader in readers:
        reader.join(30)
    assert reads[0] > 50
    assert seen == {OLD, NEW}
