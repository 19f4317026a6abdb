"""Plans of accounts: what one refuses, for whom, and what operators and admins see of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Account, User
from auditlog.actors import system
from auditlog.models import Entry
from core.caps import LimitReached
from core.errors import Conflict
from core.short_memory import ShortMemory
from orgs import plans
from orgs.models import AccountPlan, AllowedNetwork, Plan
from orgs.models.plans import FEATURES, NUMBERS, UNLIMITED
from orgs.services.invitations import invite
from orgs.services.members import add_member
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import create_organization, update_account_settings
from orgs.services.plans import create_plan, delete_plan, set_account_plan, update_plan
from orgs.services.roles import create_role, delete_role, update_role
from orgs.services.service_accounts import create_service_account, delete_service_account, rename_service_account
from orgs.services.teams import add_to_team, create_team, update_team
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.at_once import at_once
from tests.cast import Organization, Person
from tests.invited import token_for
from tests.limits import Minute, minute
from tests.visits import visitor
from workspaces.access.sharing import share_with, stop_sharing
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.stream_services import create_stream, pause_stream, resume_stream
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.models import Workspace
from workspaces.trash.services import restore_workspace
from workspaces.work_pools.services.pools import create_pool

__all__ = ["minute"]
pytestmark = pytest.mark.django_db
ACTOR = system("tests")
Make = Callable[[Account, str], Any]


def give(account: Account, **fields: Any) -> None:
    set_account_plan(account, fields, actor=ACTOR)
    plans.forget_rates()


def _workspace(account: Account, name: str) -> Workspace:
    return create_workspace(account, name=name, handle=name, actor=ACTOR)


def _pool(account: Account, name: str) -> None:
    """Create a pool in one of two workspaces, in turn, because the limit is of the account."""
    workspaces = list(Workspace.objects.filter(account=account).order_by("id"))
    create_pool(workspaces[len(name) % len(workspaces)], {"name": name, "type": "process"}, actor=ACTOR)


def _person(account: Account, name: str) -> None:
    role = permissions.COLLABORATOR if account.kind == Account.PERSONAL else permissions.MEMBER
    user, _ = User.objects.get_or_create(email=f"{name}@{account.handle}.example")
    add_member(account, user=user, role=role, actor=ACTOR)


def _service_account(account: Account, name: str) -> None:
    create_service_account(account, name=name, actor=ACTOR)


def _other_account(person: Person, kind: str) -> Account:
    """Return an account of a stranger that is of the same kind."""
    if kind == Account.PERSONAL:
        return person.account
    return create_organization(name="Other", handle="other", founder=person.user, actor=person.user.as_actor())


def _usage(account: Account, reader: Person) -> dict[str, Any]:
    limits = reader.api.get(f"/api/accounts/{account.id}/plan").json()["limits"]
    return {row["name"]: row for row in limits}


# How to add one of what a limit counts.
MAKE: dict[str, Make] = {
    "workspaces": _workspace,
    "members": _person,
    "collaborators": _person,
    "service_accounts": _service_account,
    "work_pools": _pool,
}


@pytest.mark.parametrize("name", MAKE)
def test_limit_refuses_one_more_in_this_account_only(organization: Organization, stranger: Person, name: str) -> None:
    personal = name == "collaborators"
    account = organization.owner.account if personal else organization.account
    other, field, make, lowest = _other_account(stranger, account.kind), f"max_{name}", MAKE[name], name == "members"
    for owned in (account, other):
        _workspace(owned, "second")  # the limit of work pools is of all workspaces together
    present = _usage(account, organization.owner)[name]["used"]
    give(account, **{field: present + 1})
    make(account, "one")
    with pytest.raises(LimitReached, match=f"The plan of this account allows at most {present + 1} "):
        make(account, "other")
    for free in ("one", "other", "three"):
        make(other, free)
    give(account, **{field: present + 2})
    make(account, "other")
    give(account, **{field: int(lowest)})  # fewer than there are: nothing is deleted
    with pytest.raises(LimitReached):
        make(account, "three")
    assert _usage(account, organization.owner)[name] == {
        "name": name,
        "used": present + 2,
        "limit": int(lowest),
        "reached": True,
        "exceeded": True,
        "enforced": True,
    }
    give(account, **{field: UNLIMITED})
    make(account, "three")
    path = f"/api/accounts/{account.id}/plan"
    assert stranger.api.get(path).status_code == 404
    assert organization.member.api.get(path).status_code == (404 if personal else 403)


def test_pools_of_all_workspaces_count_also_in_a_request_for_one(organization: Organization) -> None:
    account, api = organization.account, organization.owner.api
    give(account, max_work_pools=1)
    pools = [
        f"/api/accounts/{account.id}/workspaces/{workspace.id}/work_pools/"
        for workspace in (organization.workspace, _workspace(account, "second"))
    ]
    answers = [api.post(path, {"name": "docker", "type": "docker"}) for path in pools]
    assert [answer.status_code for answer in answers] == [201, 422]
    words = "The plan of this account allows at most 1 work pool. An operator of this installation can change the plan."
    assert answers[1].json() == {"detail": words}
    assert _usage(account, organization.admin)["work_pools"]["used"] == 1
    counted = {row["name"]: row["work_pools"] for row in api.get(f"/api/accounts/{account.id}/usage").json()}
    assert counted == {"Shared": 1, "second": 0}
    # Pools in the trash do not count, so they must find room when they return.
    delete_workspace(organization.workspace, actor=ACTOR)
    assert _usage(account, organization.admin)["work_pools"]["used"] == 0
    assert api.post(pools[1], {"name": "docker", "type": "docker"}).status_code == 201
    with pytest.raises(LimitReached, match="at most 1 work pool"):
        restore_workspace(account, organization.workspace.id, actor=ACTOR)
    give(account, max_work_pools=UNLIMITED)
    restore_workspace(account, organization.workspace.id, actor=ACTOR)
    # The installation caps the pools of one workspace only.
    assert _usage(account, organization.admin)["work_pools"]["limit"] is None


@pytest.mark.django_db(transaction=True)
def test_several_at_once_do_not_get_past_a_limit(organization: Organization) -> None:
    for name, make in MAKE.items():
        account = organization.owner.account if name == "collaborators" else organization.account
        field = f"max_{name}"
        give(account, **{field: _usage(account, organization.owner)[name]["used"] + 1})
        results = at_once(*[partial(make, account, f"{name.replace('_', '-')}-{number}") for number in range(3)])
        refused = [type(result) for result in results if isinstance(result, Exception)]
        assert (name, refused) == (name, [LimitReached, LimitReached])


def test_invited_person_is_told_no_number(organization: Organization, stranger: Person) -> None:
    account, owner = organization.account, organization.owner
    invitation = invite(account, [stranger.user.email], role="Member", invited_by=owner.user, actor=ACTOR)[0]
    give(account, max_members=3)
    with pytest.raises(LimitReached, match="at most 3 members"):
        invite(account, ["new@example.com"], role="Member", invited_by=owner.user, actor=ACTOR)
    path = f"/api/invitations/{invitation.id}/accept?invite_code={token_for(stranger.user.email)}"
    answer = stranger.api.post(path)
    words = "Initech has no place for another person at the moment. Ask the sender of the invitation."
    assert (answer.status_code, answer.json()) == (409, {"detail": words})
    give(account, max_members=4)
    assert stranger.api.post(path).status_code == 204


def test_features_that_are_off_refuse_new_objects_and_changes(organization: Organization, stranger: Person) -> None:
    account, workspace, mia = organization.account, organization.workspace, organization.member.user
    viewer = WorkspaceRole.objects.get(id=builtin.IDS["Viewer"])
    role = create_role(account, name="Reader", scopes=["see_flows"], actor=ACTOR)
    team = create_team(account, name="Data", actor=ACTOR)
    bot = create_service_account(account, name="nightly", actor=ACTOR)[0]
    office = Network("192.0.2.0/24")
    set_networks(account, [office, Network("127.0.0.1")], address="192.0.2.1", actor=ACTOR)
    stream = create_stream(account, address="https://93.184.215.14/", actor=ACTOR)[0]
    pause_stream(stream, actor=ACTOR)
    share_with(workspace, mia, viewer, actor=ACTOR)
    create_pool(workspace, {"name": "docker", "type": "docker"}, actor=ACTOR)
    lists = f"/api/accounts/{account.id}/workspaces/{workspace.id}/work_pools/docker/access"
    give(account, **dict.fromkeys(FEATURES.values(), False))
    lines = [office, Network("10.0.0.0/8")]
    for refused in (
        lambda: create_role(account, name="Other", scopes=["see_flows"], actor=ACTOR),
        lambda: update_role(role, scopes=["see_variables"], actor=ACTOR),
        lambda: create_team(account, name="Other", actor=ACTOR),
        lambda: update_team(team, name="Other", actor=ACTOR),
        lambda: add_to_team(team, [mia], actor=ACTOR),
        lambda: create_service_account(account, name="other", actor=ACTOR),
        lambda: rename_service_account(bot, "other", actor=ACTOR),
        lambda: set_networks(account, lines, address="192.0.2.1", actor=ACTOR),
        lambda: update_account_settings(account, {"enforce_ip_allowlist": True}, address="192.0.2.1", actor=ACTOR),
        lambda: create_stream(account, address="https://93.184.215.14/2", actor=ACTOR),
        lambda: resume_stream(AuditStream.objects.get(), actor=ACTOR),
        lambda: share_with(workspace, bot, viewer, actor=ACTOR),
    ):
        with pytest.raises(plans.FeatureOff, match=r"The plan of this account does not include .* An operator"):
            refused()
    everyone = {f"{level}_actor_ids": ["*"] for level in ("manage", "run", "view")}
    listed = {"access_control": everyone | {"view_actor_ids": [str(mia.id)]}}
    answer = organization.owner.api.put(lists, listed)
    assert (answer.status_code, "access lists of single objects" in answer.json()["detail"]) == (403, True)
    # What is there can be read, used and removed.
    assert organization.owner.api.put(lists, {"access_control": everyone}).status_code == 204
    assert organization.owner.api.get(f"/api/accounts/{account.id}").json()["features"] == []
    set_networks(account, [office], address="192.0.2.1", actor=ACTOR)
    assert stop_sharing(workspace, mia, actor=ACTOR) is True
    delete_role(role, actor=ACTOR)
    delete_service_account(bot, actor=ACTOR)
    # The stranger's account has them all.
    other = _other_account(stranger, Account.ORGANIZATION)
    create_team(other, name="Data", actor=ACTOR)
    assert "teams" in stranger.api.get(f"/api/accounts/{other.id}").json()["features"]


def test_rates_of_the_plan_refuse_with_the_time_to_wait(
    owner: Person, stranger: Person, minute: Minute, django_assert_num_queries: Any
) -> None:
    minute.limit(account_requests=50, account_lines=3)
    give(owner.account, requests_per_minute=2, lines_per_minute=5)
    assert plans.limits_of(owner.account) == plans.RateLimits(2, 3, 0, 0)  # the lower ones of plan and installation
    with django_assert_num_queries(0):
        assert plans.limits_of(owner.account).requests == 2
    minute.set(left=20)
    answers = [owner.api.get(f"{owner.workspace_api}/hello") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "20"
    assert stranger.api.get(f"{stranger.workspace_api}/hello").status_code == 200
    give(owner.account, requests_per_minute=UNLIMITED)
    assert plans.limits_of(owner.account).requests == 50


def test_rates_are_remembered_for_so_many_seconds_and_accounts() -> None:
    now = 0.0
    memory: ShortMemory[str, int] = ShortMemory(4, seconds=lambda: 5, clock=lambda: now)
    for number, key in enumerate("abcd"):
        memory.put(key, number)
    assert [memory.get(key) for key in "abcde"] == [0, 1, 2, 3, None]
    memory.put("a", 9)  # the newest now
    memory.put("e", 4)
    assert [memory.get(key) for key in "abcde"] == [9, None, None, 3, 4]
    now = 5.0
    assert [memory.get(key) for key in "ade"] == [None, None, None]


def test_account_has_its_own_terms_then_its_plans_then_those_of_the_default(
    organization: Organization, owner: Person, stranger: Person
) -> None:
    assert plans.retention_of(owner.account) == plans.Retention(None, None, None, None, None)
    team = create_plan({"name": "Team", "run_retention_days": 14, "audit_retention_days": 90}, actor=ACTOR)
    give(owner.account, plan=team, audit_retention_days=UNLIMITED, log_retention_days=3, allows_teams=False)
    assert plans.retention_of(owner.account) == plans.Retention(14, None, 3, None, None)
    update_plan(team, {"is_default": True, "max_workspaces": 2}, actor=ACTOR)
    assert [plan.name for plan in Plan.objects.filter(is_default=True)] == ["Team"]
    terms = plans.terms_of_all([owner.account.id, stranger.account.id, organization.account.id])
    assert [terms[account.id].retention.audit for account in (owner.account, stranger.account)] == [None, 90]
    assert plans.limit_of(organization.account, "workspaces") == 2
    told = organization.owner.api.get(f"/api/accounts/{organization.account.id}").json()
    assert (told["run_retention_days"], told["audit_log_retention_days"], told["work_pool_limit"]) == (14, 90, None)
    told = organization.member.api.get(f"/api/accounts/{organization.account.id}/usage_limits").json()
    assert (told["run_retention_days"], told["workspace_limit"], told["user_limit"]) == (14, 2, 5_000)
    Plan.objects.filter(accounts=None).delete()
    AccountPlan.objects.all().delete()
    Plan.objects.all().delete()
    assert "teams" in plans.terms_of(owner.account).features  # without any plan, nothing is limited


def test_changes_of_plans_are_checked_and_recorded(owner: Person) -> None:
    # Tests with real transactions leave no plan behind.
    default, _ = Plan.objects.get_or_create(is_default=True, defaults={"name": "Default"})
    small = create_plan({"name": "Small", "max_workspaces": 0}, actor=ACTOR)
    with pytest.raises(ValidationError, match="There is a plan with this name"):
        create_plan({"name": "Small"}, actor=ACTOR)
    for number in ({"requests_per_minute": 0}, {"max_workspaces": UNLIMITED}, {"run_retention_days": 36_501}):
        with pytest.raises(ValidationError, match="enter a number from"):
            update_plan(small, number, actor=ACTOR)
    with pytest.raises(ValidationError, match="enter a number from 1 to 1,000,000,000, -1 or nothing"):
        give(owner.account, lines_per_minute=0)
    with pytest.raises(ValidationError, match="always a default plan"):
        update_plan(default, {"is_default": False}, actor=ACTOR)
    give(owner.account, plan=small, max_workspaces=3)
    give(owner.account, plan=small)  # no change, no entry
    for plan, problem in ((small, "Accounts have this plan"), (default, "cannot be deleted")):
        with pytest.raises(Conflict, match=problem):
            delete_plan(plan, actor=ACTOR)
    update_plan(small, {"name": "Tiny", "allows_teams": False}, actor=ACTOR)
    give(owner.account, plan=None, note="They pay in advance.")
    delete_plan(small, actor=ACTOR)
    entries = Entry.objects.filter(action__contains="plan").order_by("id")
    assert [(entry.action, entry.account_id, entry.object_name, entry.detail.get("changes")) for entry in entries] == [
        (
            "plan.created",
            None,
            "Small",
            {"name": {"from": None, "to": "Small"}, "max_workspaces": {"from": None, "to": 0}},
        ),
        (
            "account-plan.updated",
            owner.account.id,
            "olga",
            {"plan": {"from": None, "to": "Small"}, "max_workspaces": {"from": None, "to": 3}},
        ),
        (
            "plan.updated",
            None,
            "Small",
            {"name": {"from": "Small", "to": "Tiny"}, "allows_teams": {"from": True, "to": False}},
        ),
        ("account-plan.updated", owner.account.id, "olga", {"plan": {"from": "Tiny", "to": None}}),
        ("plan.deleted", None, "Tiny", None),
    ]
    assert "in advance" not in str([entry.detail for entry in entries])


def test_operator_edits_plans_and_the_plan_of_an_account(operator: User, owner: Person) -> None:
    desk = visitor(operator)
    assert desk.get(reverse("admin:orgs_plan_add")).status_code == 200
    form = {"name": "Team", "max_workspaces": "2", "allows_teams": "on"}
    assert desk.post(reverse("admin:orgs_plan_add"), form).status_code == 302
    team = Plan.objects.get(name="Team")
    assert (team.max_workspaces, team.max_members, team.allows_teams, team.allows_sso) == (2, None, True, False)
    address = reverse("admin:orgs_plan_change", args=[team.id])
    assert b"enter a number from" in desk.post(address, {**form, "max_members": "0"}).content
    assert desk.post(address, {**form, "max_members": "4"}).status_code == 302
    chosen = {"action": "make_default", "_selected_action": [str(team.id)]}
    assert desk.post(reverse("admin:orgs_plan_changelist"), chosen).status_code == 302
    team.refresh_from_db()
    assert (team.max_members, team.is_default) == (4, True)
    address = reverse("admin:accounts_account_change", args=[owner.account.id])
    assert b"What differs from the plan" in desk.get(address).content
    inline = {f"account_plan-0-{field}": "" for field in ("plan", "note", *NUMBERS)}
    inline |= {f"account_plan-0-{field}": "unknown" for field in FEATURES.values()}
    inline |= {
        "account_plan-TOTAL_FORMS": "1",
        "account_plan-INITIAL_FORMS": "0",
        "handle": "olga",
        "name": "Olga Example",
    }
    sent = desk.post(address, inline | {"account_plan-0-max_members": "-1", "account_plan-0-allows_teams": "false"})
    assert sent.status_code == 302
    own = AccountPlan.objects.get(account=owner.account)
    assert (own.plan, own.max_members, own.allows_teams, own.allows_sso) == (None, UNLIMITED, False, None)
    entry = Entry.objects.filter(account_id=owner.account.id).latest("id")
    assert (entry.action, entry.actor_id) == ("account-plan.updated", operator.id)
    listed = desk.get(f"{reverse('admin:accounts_account_changelist')}?account_plan__plan__id__exact={team.id}")
    assert (listed.status_code, list(listed.context["cl"].result_list)) == (200, [])
    deleted = desk.post(reverse("admin:orgs_plan_delete", args=[team.id]), {"post": "yes"})
    assert (deleted.status_code, b"The default plan cannot be deleted" in deleted.content) == (403, True)


@pytest.mark.one_database(reason="the HTML of pages")
def test_pages_say_what_is_used_and_who_can_raise_it(
    organization: Organization, stranger: Person, operator: User
) -> None:
    account = organization.account
    give(account, max_members=2, max_workspaces=1, run_retention_days=7, **dict.fromkeys(FEATURES.values(), False))
    path = f"/account/{account.id}"
    page = visitor(organization.admin.user).get(f"{path}/usage").content.decode()
    for words in (
        "There are more members than the plan allows. Nothing is deleted.",
        '<progress value="3" max="2" aria-label="Members: 3 of 2">',
        "An operator of this installation sets the plan",
        "7 days",
        "not included",
    ):
        assert words in page
    assert "admin/accounts" not in page
    assert visitor(organization.member.user).get(f"{path}/usage").status_code == 403
    assert visitor(stranger.user).get(f"{path}/usage").status_code == 404
    client = visitor(organization.admin.user)
    for form in ("roles/create", "teams/create", "service-accounts/create", "audit-log/streams/create"):
        answer = client.get(f"{path}/{form}")
        assert (form, answer.status_code, b"Not in your plan" in answer.content) == (form, 403, True)
        assert f'href="{path}/usage"' in answer.content.decode()
    answer = client.post(f"{path}/network/add", {"network": "127.0.0.0/8"})
    assert (answer.status_code, AllowedNetwork.objects.count()) == (403, 0)
    workspace = {"owner": str(account.id), "name": "Second", "handle": "second", "default_role": ""}
    answer = client.post("/workspaces/create", workspace)
    assert (answer.status_code, b"allows at most 1 workspace." in answer.content) == (422, True)
