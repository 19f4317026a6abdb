"""Generated worlds: two accounts, people and service accounts with access of all kinds, lists and invitations."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from accounts.models import Account, User
from accounts.services.addresses import vouch_for_address
from auditlog.actors import SERVICE_ACCOUNT, system
from orgs.models import Invitation, Membership, Team
from orgs.services.teams import create_everyone_team, create_team
from rbac import access_lists, builtin, permissions
from rbac.access_lists import AccessEntry
from rbac.grants import add_members, grant_role
from rbac.models import Grant, WorkspaceRole
from workspaces.access_lists import visible_rows
from workspaces.deployments.models import Deployment, DeploymentGroupPermission, DeploymentUserPermission
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.scoping import enter
from workspaces.work_pools.models import WorkPool, WorkPoolGroupPermission, WorkPoolUserPermission

ACTOR = system("tests")
_numbers = count()
_LISTED: tuple[Any, ...] = (Deployment, WorkPool)
ACCOUNT_ROLES = [None, None, *permissions.ROLES]
OWN_ROLES = {"Narrow": ["see_flows"], "Empty": [], "Shared": ["see_flows", "see_deployments", "run_deployments"]}
WORKSPACE_ROLES = [None, None, *builtin.IDS, *OWN_ROLES]


@dataclass(frozen=True)
class PersonPlan:
    bot: bool
    in_source: str | None
    in_target: str | None
    suspended_in_source: bool
    suspended_in_target: bool
    switched_off: bool
    role: str | None
    teams: frozenset[int]


_rare = st.integers(0, 6).map(lambda number: number == 0)
person_plans = st.builds(
    PersonPlan,
    bot=_rare,
    in_source=st.sampled_from(ACCOUNT_ROLES),
    in_target=st.sampled_from(ACCOUNT_ROLES),
    suspended_in_source=_rare,
    suspended_in_target=_rare,
    switched_off=_rare,
    role=st.sampled_from(WORKSPACE_ROLES),
    teams=st.frozensets(st.integers(0, 1)),
)
# Names on a list are the numbers of people; 100 and 101 are teams, 200 is everyone.
_lists = st.dictionaries(
    st.sampled_from(["view", "run", "manage"]), st.frozensets(st.sampled_from([0, 1, 2, 3, 100, 101, 200])), max_size=3
)


@dataclass(frozen=True)
class WorldPlan:
    source: str
    target: str
    people: list[PersonPlan]
    team_roles: list[str | None]
    default_role: str | None
    lists: list[dict[str, frozenset[int]]]
    invitations: list[bool]  # whether it is pending
    mapping: dict[str, str | None]
    with_source_person: bool


_kinds = st.sampled_from([Account.PERSONAL, Account.ORGANIZATION])
world_plans = st.builds(
    WorldPlan,
    source=_kinds,
    target=_kinds,
    people=st.lists(person_plans, min_size=4, max_size=7),
    team_roles=st.lists(st.sampled_from(WORKSPACE_ROLES), min_size=2, max_size=2),
    default_role=st.sampled_from(WORKSPACE_ROLES),
    lists=st.lists(_lists, min_size=4, max_size=4),
    invitations=st.lists(st.booleans(), max_size=3),
    mapping=st.dictionaries(
        st.sampled_from(list(OWN_ROLES)), st.sampled_from([None, *builtin.IDS, "Shared"]), max_size=3
    ),
    with_source_person=st.booleans(),
)


@dataclass
class World:
    source: Account
    target: Account
    workspace: Workspace
    starter: User  # administers the source
    approver: User  # administers the target
    people: list[User] = field(default_factory=list)
    mapping: dict[Any, Any] = field(default_factory=dict)

    @property
    def everybody(self) -> list[User]:
        return [*self.people, self.starter, self.approver]


def build(plan: WorldPlan) -> World:
    """Create the world of a plan."""
    source, starter = _account(plan.source)
    target, approver = _account(plan.target)
    workspace = Workspace.objects.create(account=source, name="Moving", handle="moving")
    world = World(source, target, workspace, starter, approver)
    roles = {account: _own_roles(account) for account in (source, target)}
    teams = [_team(source, number) for number in range(2)] if plan.source == Account.ORGANIZATION else []
    for team, role in zip(teams, plan.team_roles, strict=False):
        if role is not None:
            grant_role(workspace.id, _role(role, roles[source]), group=team.group)
    for wanted in plan.people:
        world.people.append(_person(wanted, world, roles[source], teams))
    everyone = Team.objects.filter(account=source, everyone=True).first()
    if everyone is not None and plan.default_role is not None:
        grant_role(workspace.id, _role(plan.default_role, roles[source]), group=everyone.group)
    for number, names in enumerate(plan.lists):
        access_lists.replace_list(_object(workspace, number), _entries(names, world, teams))
    for number, pending in enumerate(plan.invitations):
        _invitation(world, number, pending)
    world.mapping = {
        roles[source][old].id: _role(new, roles[target]).id if new else None for old, new in plan.mapping.items()
    }
    return world


def matrix(world: World) -> dict[str, Any]:
    """Return who may do what in the workspace, and each row that says so."""
    workspace = Workspace.objects.select_related("account").get(id=world.workspace.id)
    by_name = {}
    for user in world.everybody:
        access = enter(user, workspace.id) if user.is_active else None
        by_name[user.id] = None if access is None else (access.scopes, _levels(access, user))
    lists: list[Any] = [
        DeploymentUserPermission,
        WorkPoolUserPermission,
        DeploymentGroupPermission,
        WorkPoolGroupPermission,
    ]
    return {
        "owner": (workspace.account_id, workspace.handle),
        "access": by_name,
        "grants": set(Grant.objects.filter(workspace=workspace).values_list("id", "role", "user", "group", "created")),
        "lists": [
            set(table.objects.values_list("content_object", "permission", "user_id" if by_user else "group_id"))
            for table, by_user in zip(lists, (True, True, False, False), strict=True)
        ],
        "restricted": set(Deployment.objects.filter(restricted=True).values_list("id", flat=True))
        | set(WorkPool.objects.filter(restricted=True).values_list("id", flat=True)),
        "invitations": set(Invitation.objects.values_list("id", "workspace", "workspace_role", "status")),
    }


def _levels(access: Any, user: User) -> frozenset[Any]:
    return frozenset(
        (key, level)
        for model in _LISTED
        for level in ("view", "run", "manage")
        for key in visible_rows(model.objects.filter(workspace=access.workspace), access, user, level).values_list(
            "id", flat=True
        )
    )


def _account(kind: str) -> tuple[Account, User]:
    """Return an account and somebody who administers it."""
    user = make_user()
    vouch_for_address(user)
    if kind == Account.PERSONAL:
        account = Account.objects.create(kind=kind, name="Personal", handle=f"account-{next(_numbers)}", user=user)
        return account, user
    account = Account.objects.create(kind=kind, name="Organization", handle=f"account-{next(_numbers)}")
    create_everyone_team(account)
    join(account, user, permissions.ADMIN)
    return account, user


def make_user(**more: Any) -> User:
    number = next(_numbers)
    return User.actors.create(email=f"user-{number}@example.com", first_name=f"User {number}", **more)


def join(account: Account, user: User, role: str, *, active: bool = True) -> None:
    Membership.objects.create(account=account, user=user, role=role, active=active)
    everyone = Team.objects.filter(account=account, everyone=True).first()
    if everyone is not None and role != permissions.COLLABORATOR and user.is_person:
        add_members(everyone.group, [user.id])


def _own_roles(account: Account) -> dict[str, WorkspaceRole]:
    return {
        name: WorkspaceRole.objects.create(account=account, name=name, scopes=scopes)
        for name, scopes in OWN_ROLES.items()
    }


def _role(name: str, own: dict[str, WorkspaceRole]) -> WorkspaceRole:
    return own[name] if name in own else WorkspaceRole.objects.get(id=builtin.IDS[name])


def _team(account: Account, number: int) -> Team:
    return create_team(account, name=f"Team {number}", actor=ACTOR)


def _person(plan: PersonPlan, world: World, roles: dict[str, WorkspaceRole], teams: list[Team]) -> User:
    bot = {"kind": SERVICE_ACCOUNT, "home_account": world.source} if plan.bot else {}
    user = make_user(is_active=not plan.switched_off, **bot)
    if plan.in_source:
        join(world.source, user, plan.in_source, active=not plan.suspended_in_source)
        if plan.role:
            grant_role(world.workspace.id, _role(plan.role, roles), user=user)
        for number in plan.teams:
            if number < len(teams):
                add_members(teams[number].group, [user.id])
    if plan.in_target and not plan.bot:
        join(world.target, user, plan.in_target, active=not plan.suspended_in_target)
    return user


def _object(workspace: Workspace, number: int) -> Any:
    now = timezone.now()
    if number % 2:
        return WorkPool.objects.create(workspace=workspace, name=f"pool-{number}", created=now, updated=now)
    flow = Flow.objects.create(workspace=workspace, name=f"flow-{number}", created=now, updated=now)
    return Deployment.objects.create(workspace=workspace, flow=flow, name="deployment", created=now, updated=now)


def _entries(names: dict[str, frozenset[int]], world: World, teams: list[Team]) -> dict[str, AccessEntry]:
    return {
        level: AccessEntry(
            everyone=200 in numbers,
            users=frozenset(world.people[number].id for number in numbers if number < 100),
            groups=frozenset(teams[number - 100].group_id for number in numbers if 100 <= number < 100 + len(teams)),
        )
        for level, numbers in names.items()
    }


def _invitation(world: World, number: int, pending: bool) -> None:
    now = timezone.now()
    Invitation.objects.create(
        account=world.source,
        email=f"invited-{number}@example.com",
        role=permissions.COLLABORATOR if world.source.kind == Account.PERSONAL else permissions.MEMBER,
        workspace=world.workspace,
        workspace_role_id=builtin.IDS[builtin.VIEWER],
        status=Invitation.PENDING if pending else Invitation.REJECTED,
        digest=f"{number}-{world.workspace.id}",
        sent_at=now,
        expires_at=now + timedelta(days=7),
    )
