"""Grants, teams, default roles, inheritance, access lists and removals in any order agree with a model of ten lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from guardian.core import ObjectPermissionChecker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, User
from accounts.services.people import create_user
from auditlog.actors import system
from orgs.models import Membership
from orgs.services.members import add_member, change_role, remove_member, set_active
from orgs.services.organizations import create_organization
from orgs.services.roles import create_role, delete_role, update_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team, delete_team, remove_from_team
from rbac import access_lists, builtin, permissions
from rbac.access_lists import LEVELS, AccessEntry
from rbac.catalogue import with_included_scopes
from rbac.models import WorkspaceRole
from tests.rbac.model import World
from tests.rbac.shelf.models import Deployed, Pool
from workspaces.access.default_roles import set_default_role
from workspaces.access.grant_queries import entering_actors
from workspaces.access.sharing import share_with, stop_sharing
from workspaces.directory.services import create_workspace
from workspaces.entry_rules import still_held
from workspaces.models import Workspace
from workspaces.scoping import enter, who_may_enter

BY = system("tests")
PEOPLE, BOTS = ["p1", "p2", "p3"], ["b1", "b2"]
ACTORS, TEAMS, WORKSPACES, CUSTOM = [*PEOPLE, *BOTS], ["t1", "t2"], ["w1", "w2"], ["c1", "c2"]
ACCOUNT_ROLES = list(permissions.ROLES)
SOME_SCOPES = ["see_flows", "run_flows", "manage_blocks", "manage_acls", "see_variables", "write_deployments"]
MERE_MEMBERS = [(permissions.MEMBER, True), (permissions.COLLABORATOR, True)]  # who have what guardian's rows say
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
BASES = [None, builtin.VIEWER, builtin.RUNNER]

actor, team, workspace = st.sampled_from(ACTORS), st.sampled_from(TEAMS), st.sampled_from(WORKSPACES)
custom, role = st.sampled_from(CUSTOM), st.sampled_from([*builtin.SCOPES, *CUSTOM])
some = st.sets(st.sampled_from(SOME_SCOPES), min_size=1, max_size=3)
names = st.sets(st.sampled_from([*ACTORS, *TEAMS, "*"]), max_size=3)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), actor, st.sampled_from(ACCOUNT_ROLES)),
        st.tuples(st.just("leave"), actor),
        st.tuples(st.just("become"), actor, st.sampled_from(ACCOUNT_ROLES)),
        st.tuples(st.just("suspend"), actor, st.booleans()),
        st.tuples(st.just("enter_team"), actor, team),
        st.tuples(st.just("quit_team"), actor, team),
        st.tuples(st.just("drop_team"), team),
        st.tuples(st.just("share"), workspace, st.sampled_from([*ACTORS, *TEAMS]), role),
        st.tuples(st.just("unshare"), workspace, st.sampled_from([*ACTORS, *TEAMS])),
        st.tuples(st.just("default"), workspace, st.one_of(st.none(), role)),
        st.tuples(st.just("edit_role"), custom, some, st.sampled_from(BASES)),
        st.tuples(st.just("drop_role"), custom, role),
        st.tuples(st.just("list"), st.sampled_from(["pool", "thing"]), names, names, names),
    ),
    max_size=14,
)


class Real:
    """Carries each deed out with the project's own verbs, and in the model."""

    def __init__(self, account: Account, users: dict[str, User]) -> None:
        self.account, self.users = account, users
        self.teams = {name: create_team(account, name=name, actor=BY) for name in TEAMS}
        self.workspaces = {name: create_workspace(account, name=name, handle=name, actor=BY) for name in WORKSPACES}
        self.roles = {name: WorkspaceRole.objects.get(account=None, name=name) for name in builtin.SCOPES}
        for name in CUSTOM:
            self.roles[name] = create_role(account, name=name, scopes=["see_flows", "run_flows"], actor=BY)
        self.pool = Pool.objects.create(workspace=self.workspaces["w1"], name="pool")
        self.thing = Deployed.objects.create(workspace=self.workspaces["w1"], name="thing", pool=self.pool)
        self.world = World({name: one.all_scopes for name, one in self.roles.items()})
        self.world.teams = {name: set() for name in TEAMS}

    def begin(self) -> None:
        """Enough for most deeds to change something."""
        for name in ("p1", "p2", "b1"):
            self.join(name, permissions.MEMBER)
        self.enter_team("p1", "t1")
        for who, custom_role in (("p2", "c1"), ("b1", "c1"), ("t1", "c2")):
            self.share("w1", who, custom_role)
        self.list("thing", {"p1"}, {"t1"}, {"p2", "b1"})

    def membership(self, name: str) -> Membership | None:
        return Membership.objects.filter(account=self.account, user=self.users[name]).first()

    def join(self, name: str, account_role: str) -> None:
        if name not in self.world.members:
            add_member(self.account, user=self.users[name], role=account_role, actor=BY)
            self.world.members[name] = (account_role, True)

    def leave(self, name: str) -> None:
        if membership := self.membership(name):
            remove_member(membership, actor=BY)
            self._gone(name)

    def _gone(self, name: str) -> None:
        del self.world.members[name]
        for inside in self.world.teams.values():
            inside.discard(name)
        self.world.grants = {place: held for place, held in self.world.grants.items() if place[1] != name}

    def become(self, name: str, account_role: str) -> None:
        if membership := self.membership(name):
            change_role(membership, account_role, actor=BY)
            self.world.members[name] = (account_role, self.world.members[name][1])

    def suspend(self, name: str, active: bool) -> None:
        if membership := self.membership(name):
            set_active(membership, active, actor=BY)
            self.world.members[name] = (self.world.members[name][0], active)

    def enter_team(self, name: str, into: str) -> None:
        member = self.world.members.get(name)
        if into in self.teams and member and member[0] != permissions.COLLABORATOR:
            add_to_team(self.teams[into], [self.users[name]], actor=BY)
            self.world.teams[into].add(name)

    def quit_team(self, name: str, of: str) -> None:
        if of in self.teams:
            was_in = remove_from_team(self.teams[of], self.users[name], actor=BY)
            assert was_in == (name in self.world.teams[of])
            self.world.teams[of].discard(name)

    def drop_team(self, name: str) -> None:
        if name in self.teams:
            delete_team(self.teams.pop(name), actor=BY)
            del self.world.teams[name]
            self.world.grants = {place: held for place, held in self.world.grants.items() if place[1] != name}
            for listed in self.world.lists.values():
                for named in listed.values():
                    named.discard(name)

    def share(self, where: str, who: str, as_role: str) -> None:
        if (who in self.teams or who in self.world.members) and as_role in self.roles:
            share_with(self.workspaces[where], self.teams.get(who) or self.users[who], self.roles[as_role], actor=BY)
            self.world.grants[where, who] = as_role

    def unshare(self, where: str, who: str) -> None:
        if who not in self.teams and who not in self.users:
            return
        had = stop_sharing(self.workspaces[where], self.teams.get(who) or self.users[who], actor=BY)
        assert had == ((where, who) in self.world.grants)
        self.world.grants.pop((where, who), None)
        collaborator = self.world.members.get(who, ("", True))[0] == permissions.COLLABORATOR
        if had and collaborator and not any(place[1] == who for place in self.world.grants):
            self._gone(who)  # the last workspace of a collaborator

    def default(self, where: str, as_role: str | None) -> None:
        if as_role is None or as_role in self.roles:
            set_default_role(self.workspaces[where], self.roles[as_role] if as_role else None, actor=BY)
            self.world.defaults.pop(where, None)
            if as_role:
                self.world.defaults[where] = as_role

    def edit_role(self, name: str, own: set[str], base: str | None) -> None:
        if name in self.roles:
            inherits = self.roles[base] if base else None
            update_role(self.roles[name], name=name, description="", scopes=own, inherits=inherits, actor=BY)
            self.world.roles[name] = with_included_scopes(own) | (builtin.SCOPES[base] if base else frozenset())

    def drop_role(self, name: str, instead: str) -> None:
        if name in self.roles and instead in self.roles and instead != name:
            delete_role(self.roles.pop(name), instead=self.roles[instead], actor=BY)
            world = self.world
            world.grants = {place: instead if held == name else held for place, held in world.grants.items()}
            world.defaults = {place: instead if held == name else held for place, held in world.defaults.items()}

    def list(self, what: str, *by_level: set[str]) -> None:
        known = {
            level: {n for n in named if n not in TEAMS or n in self.teams}
            for (level, _), named in zip(LEVELS, by_level, strict=True)
        }
        wanted = {
            level: AccessEntry(
                "*" in named,
                frozenset(self.users[one].id for one in named if one in self.users),
                frozenset(self.teams[one].group_id for one in named if one in self.teams),
            )
            for level, named in known.items()
        }
        access_lists.replace_list(self.pool if what == "pool" else self.thing, wanted)
        is_open = not any(known.values()) or all("*" in named for named in known.values())
        self.world.lists.pop(what, None)
        if not is_open:
            self.world.lists[what] = known

    def check(self) -> None:
        asked = {
            (self.users[name].id, place.id, scope)
            for name in ACTORS
            for place in self.workspaces.values()
            for scope in SOME_SCOPES
        }
        held = still_held(asked)
        everybody = {place: entering_actors(row) for place, row in self.workspaces.items()}
        ids = [user.id for user in self.users.values()]
        may_enter = {place: who_may_enter(row, ids) for place, row in self.workspaces.items()}
        for name, user in self.users.items():
            expected = {place: self.world.scopes(name, place) for place in WORKSPACES}
            entered = {place: enter(user, row.id) for place, row in self.workspaces.items()}
            assert {place: access and access.scopes for place, access in entered.items()} == expected
            inside = {place for place, held_there in expected.items() if held_there is not None}
            assert {row.handle for row in Workspace.objects.open_to(user).filter(account=self.account)} == inside
            for place, row in self.workspaces.items():
                assert (user.id in may_enter[place]) == (place in inside)
                assert (user in everybody[place]) == (place in inside)
                for scope in SOME_SCOPES:
                    assert ((user.id, row.id, scope) in held) == (scope in (expected[place] or ()))
                if self.world.members.get(name) in MERE_MEMBERS:
                    guardians = set(ObjectPermissionChecker(user).get_perms(row))
                    assert guardians == (expected[place] or set())
            for level, _ in LEVELS:
                seen = access_lists.permitted_rows(Deployed.objects.all(), user.id, level, governed_by="pool")
                assert seen.exists() == self.world.level(name, "thing", level, pool="pool")
                own = access_lists.permitted_rows(Deployed.objects.all(), user.id, level)
                assert own.exists() == self.world.level(name, "thing", level)
                of_pool = access_lists.permitted_levels(Pool.objects.all(), user.id, [level])
                assert of_pool == {self.pool.id: [level] if self.world.level(name, "pool", level) else []}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def company(db: None) -> Real:
    founder = create_user(email="founder@example.com", password="x", handle="founder")
    account = create_organization(name="Company", handle="company", founder=founder, actor=BY)
    users: dict[str, User] = {
        name: create_user(email=f"{name}@example.com", password="x", handle=name) for name in PEOPLE
    }
    for name in BOTS:
        bot, _, _ = create_service_account(account, name=name, actor=BY)
        Membership.objects.filter(user=bot).delete()  # they join like people here
        users[name] = User.actors.get(id=bot.id)
    real = Real(account, users)
    real.begin()
    return real


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(deeds=DEEDS)
def test_scopes_agree_with_the_model(company: Real, deeds: list[tuple[Any, ...]]) -> None:
    with undone():
        real = deepcopy(company)
        for deed, *how in deeds:
            getattr(real, deed)(*how)
        real.check()
