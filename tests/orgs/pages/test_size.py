"""A large organization: its lists stay within twelve queries, and on PostgreSQL within 300 ms."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client

from accounts.models import Account, User
from auditlog.actors import system
from core.db.ids import new_id
from orgs.models import Membership, Team
from orgs.services.organizations import create_organization
from rbac import builtin, permissions
from rbac.grants import add_members, holders_of
from rbac.models import Grant, WorkspaceGroupPermission, WorkspaceRole
from tests.cast import Person, make_person
from tests.visits import queries, visitor
from workspaces.models import Workspace

MEMBERS, TEAMS, WORKSPACES = 1_000, 100, 200
LONGEST = 0.3  # seconds
MOST_QUERIES = 12


@dataclass(frozen=True)
class Large:
    """An organization as large as the constants above say, with its owner and one of the members."""

    account: Account
    workspaces: list[Workspace]
    owner: Person
    member: User


def make_large() -> Large:
    """Members in two teams each, teams in ten workspaces; each workspace with a default role and five grants more."""
    owner = make_person("lena")
    account = create_organization(name="Large", handle="large", founder=owner.user, actor=system("tests"))
    users = User.objects.bulk_create(
        User(email=f"m{n}@example.com", first_name=f"Member {n}", last_name="Example", password="!")
        for n in range(MEMBERS)
    )
    Account.objects.bulk_create(
        Account(kind=Account.PERSONAL, name=user.name, handle=f"m{n}", user=user) for n, user in enumerate(users)
    )
    Membership.objects.bulk_create(Membership(account=account, user=user, role=permissions.MEMBER) for user in users)
    groups = Group.objects.bulk_create(Group(name=f"team {n}") for n in range(TEAMS))
    Team.objects.bulk_create(Team(account=account, name=f"Team {n}", group=group) for n, group in enumerate(groups))
    everyone = Team.objects.get(account=account, everyone=True).group
    add_members(everyone, [user.id for user in users])
    for n, group in enumerate(groups):
        add_members(group, [user.id for user in users[n * 10 : n * 10 + 20]])
    workspaces = Workspace.objects.bulk_create(
        Workspace(id=new_id(), account=account, name=f"Workspace {n}", handle=f"w{n:03}") for n in range(WORKSPACES)
    )
    _grant(workspaces, [everyone], builtin.VIEWER)
    for n, group in enumerate(groups):
        _grant([workspaces[(n + 20 * step) % WORKSPACES] for step in range(10)], [group], builtin.RUNNER)
    role = WorkspaceRole.objects.get(account=None, name=builtin.DEVELOPER)
    for n, workspace in enumerate(workspaces):
        some = [users[(n * 5 + step) % MEMBERS] for step in range(5)]
        add_members(holders_of(workspace.id, role), [user.id for user in some])
        Grant.objects.bulk_create(Grant(workspace=workspace, role=role, user=user) for user in some)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Large(account, workspaces, owner, users[0])


def _grant(workspaces: Sequence[Workspace], groups: Sequence[Group], name: str) -> None:
    role = WorkspaceRole.objects.get(account=None, name=name)
    scopes = list(_permissions(role))
    Grant.objects.bulk_create(
        Grant(workspace=workspace, role=role, group=group) for workspace in workspaces for group in groups
    )
    WorkspaceGroupPermission.objects.bulk_create(
        (
            WorkspaceGroupPermission(group=group, content_object=workspace, permission_id=scope)
            for workspace in workspaces
            for group in groups
            for scope in scopes
        ),
        batch_size=5000,
    )


def _permissions(role: WorkspaceRole) -> Sequence[int]:
    of_workspaces = Permission.objects.filter(content_type__app_label="workspaces", codename__in=role.all_scopes)
    return list(of_workspaces.values_list("id", flat=True))


def fastest(client: Client, path: str, times: int = 3) -> float:
    """The shortest of some visits, in seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert client.get(path).status_code == 200
        taken.append(time.perf_counter() - began)
    return min(taken)


def assert_quick(client: Client, paths: Sequence[str]) -> None:
    found = {path: (queries(client, path), fastest(client, path)) for path in paths}
    assert all(asked <= MOST_QUERIES for asked, _ in found.values()), found
    if connection.vendor == "postgresql":
        assert all(seconds < LONGEST for _, seconds in found.values()), found


@pytest.mark.django_db
def test_lists_of_a_large_organization_are_quick() -> None:
    large = make_large()
    one = Membership.objects.get(account=large.account, user=large.member)
    of_account = [f"/account/{large.account.id}{page}" for page in ("/", "/workspaces", "/members", "/members?page=7")]
    of_owner = [f"/account/{large.account.id}{page}" for page in ("/members?q=m99", f"/members/{one.id}")]
    of_all = ["/workspaces", "/workspaces/switcher"]
    assert_quick(visitor(large.owner.user), [*of_account, *of_owner, *of_all])
    assert_quick(visitor(large.member), [*of_account, *of_all])
