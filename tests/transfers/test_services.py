"""Requests, approval, execution and undo, with two people at once, tasks that run twice, and failing statements."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import OutgoingMail
from auditlog.actors import system
from auditlog.chains import chain_account
from auditlog.models import Entry
from auditlog.verification import verify_chain
from core.errors import Conflict, Forbidden, Invalid, Taken
from orgs.models import Membership
from orgs.models.plans import AccountPlan
from orgs.models.plans import Plan as SubscriptionPlan
from orgs.services.members import add_member, remove_member
from orgs.services.organizations import create_organization
from orgs.services.roles import create_role
from rbac import builtin, permissions
from rbac.models import Grant
from tests.at_once import at_once
from tests.cast import Organization, Person, make_person, share
from tests.workspaces.runs import stage
from transfers.models import (
    APPROVED,
    CANCELLED,
    COMPLETED,
    DECLINED,
    EXPIRED,
    UNDONE,
    WAITING,
    RefusedSource,
    Transfer,
)
from transfers.services import notices
from transfers.services.execution import carry_out, undo
from transfers.services.preview import Plan, preview, shown_to, suggested_roles
from transfers.services.requests import accept_again, approve, cancel, decline, start
from transfers.services.sweep import sweep
from workspaces.addresses import is_served
from workspaces.directory.services import create_workspace, delete_workspace, update_workspace
from workspaces.models import FormerAddress, Workspace
from workspaces.retention.holds import set_hold
from workspaces.runs.models import FlowRun
from workspaces.scoping import enter
from workspaces.work_pools.services.pools import create_pool


def plan_for(organization: Organization, person: Person, **more: Any) -> Plan:
    """Return the plan to move the workspace of the organization to the account of a person."""
    values: dict[str, Any] = {"new_handle": "moved", "roles": {}, "grace_seconds": 3600} | more
    return Plan(organization.workspace, person.account, **values)


def ask(organization: Organization, person: Person, **more: Any) -> Transfer:
    admin = organization.admin.user
    return start(plan_for(organization, person, **more), user=admin, actor=admin.as_actor())


def agree(transfer: Transfer, person: Person) -> Transfer:
    hash = Transfer.objects.get(id=transfer.id).preview_hash
    return approve(transfer, preview_hash=hash, user=person.user, actor=person.user.as_actor())


def owner_of(workspace: Workspace) -> Any:
    return Workspace.objects.values_list("account", "handle").get(id=workspace.id)


def actions(account: Any) -> list[str]:
    entries = Entry.objects.filter(account_id=account.id, action__startswith="workspace.transfer").order_by("id")
    return list(entries.values_list("action", flat=True))


def mailed() -> list[tuple[str, str]]:
    rows = OutgoingMail.objects.filter(subject__contains="transfer").order_by("id")
    return [(mail.recipient.split("@")[0], mail.subject) for mail in rows]


def test_request_is_approved_carried_out_and_undone(organization: Organization, stranger: Person) -> None:
    workspace, owner = organization.workspace, organization.owner
    add_member(stranger.account, user=organization.member.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(workspace, organization.member.user, builtin.DEVELOPER)
    transfer = ask(organization, stranger)
    assert transfer.status == WAITING
    assert mailed() == [("boris", "Approve the transfer of initech/shared?")]
    with pytest.raises(Conflict, match="is open"):
        ask(organization, stranger)
    for other in (organization.member, organization.admin):
        with pytest.raises(Forbidden):
            agree(transfer, other)
    agree(transfer, stranger)
    assert owner_of(workspace) == (organization.account.id, "shared")  # until the task runs
    assert (carry_out(transfer.id), carry_out(transfer.id)) == (True, False)
    assert owner_of(workspace) == (stranger.account.id, "moved")
    assert [
        bool(enter(who.user, workspace.id)) for who in (owner, organization.admin, organization.member, stranger)
    ] == [
        False,
        False,
        True,
        True,
    ]
    assert is_served(workspace.id, organization.account.id)
    expected = ["workspace.transfer-requested", "workspace.transfer-approved"]
    assert actions(organization.account) == [*expected, "workspace.transferred-out"]
    assert actions(stranger.account) == [*expected, "workspace.transferred-in"]
    assert [recipient for recipient, subject in mailed() if "was completed" in subject] == ["frida", "adam", "boris"]

    # The handle is kept for the undo.
    with pytest.raises(Taken, match="kept"):
        create_workspace(organization.account, name="New", handle="shared", actor=owner.user.as_actor())
    late = make_person("late")
    add_member(stranger.account, user=late.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(Workspace.objects.get(id=workspace.id), late.user, builtin.VIEWER)
    with pytest.raises(Forbidden):
        undo(transfer, user=organization.admin.user, actor=organization.admin.user.as_actor())
    undo(transfer, user=owner.user, actor=owner.user.as_actor())
    with pytest.raises(Conflict):
        undo(transfer, user=owner.user, actor=owner.user.as_actor())
    assert owner_of(workspace) == (organization.account.id, "shared")
    assert [bool(enter(who.user, workspace.id)) for who in (owner, organization.member, stranger, late)] == [
        True,
        True,
        False,
        False,
    ]
    assert Grant.objects.get(workspace=workspace).user == organization.member.user
    assert is_served(workspace.id, stranger.account.id)
    assert not is_served(workspace.id, organization.account.id)
    assert actions(organization.account)[-1] == "workspace.transferred-in"
    assert actions(stranger.account)[-1] == "workspace.transferred-out"
    for account in (organization.account, stranger.account):
        chain_account(account.id)
        assert verify_chain(account.id).problem == ""


def test_transfer_can_be_declined_cancelled_and_refused(organization: Organization, stranger: Person) -> None:
    admin, boris = organization.admin.user, stranger.user
    first = ask(organization, stranger)
    with pytest.raises(Forbidden):
        cancel(first, user=boris, actor=boris.as_actor())
    with pytest.raises(Forbidden):
        decline(first, user=admin, actor=admin.as_actor())
    assert cancel(first, user=admin, actor=admin.as_actor()).status == CANCELLED
    with pytest.raises(Conflict):
        agree(first, stranger)
    second = ask(organization, stranger)
    assert decline(second, user=boris, actor=boris.as_actor(), refuse_more=True).status == DECLINED
    assert not carry_out(second.id)
    with pytest.raises(Conflict, match="accepts no workspaces"):
        ask(organization, stranger)
    accept_again(stranger.account, organization.account, actor=boris.as_actor())
    third = ask(organization, stranger)
    Transfer.objects.filter(id=third.id).update(expires_at=timezone.now())
    with pytest.raises(Conflict, match="expired"):
        agree(third, stranger)
    sweep()
    third.refresh_from_db()
    assert (third.status, RefusedSource.objects.count()) == (EXPIRED, 0)
    assert owner_of(organization.workspace) == (organization.account.id, "shared")
    asked = ["workspace.transfer-requested", "workspace.transfer-cancelled"]
    refused = ["workspace.transfer-requested", "workspace.transfer-declined", "workspace.transfers-accepted"]
    expired = ["workspace.transfer-requested", "workspace.transfer-expired"]
    assert actions(stranger.account) == asked + refused + expired


def test_preview_that_is_no_longer_true_stops_the_transfer(organization: Organization, stranger: Person) -> None:
    workspace = organization.workspace
    transfer = ask(organization, stranger)
    seen = transfer.preview_hash
    share(workspace, organization.member.user, builtin.VIEWER)
    with pytest.raises(Conflict, match="changed"):
        approve(transfer, preview_hash=seen, user=stranger.user, actor=stranger.user.as_actor())
    agree(transfer, stranger)
    share(workspace, organization.member.user, builtin.DEVELOPER)
    assert not carry_out(transfer.id)
    transfer.refresh_from_db()
    assert (transfer.status, "changed" in transfer.problem) == (WAITING, True)
    assert owner_of(workspace) == (organization.account.id, "shared")
    agree(transfer, stranger)
    # Somebody who lost the right to transfer does not transfer any more.
    remove_member(Membership.objects.get(user=organization.admin.user), actor=system("tests"))
    assert not carry_out(transfer.id)
    transfer.refresh_from_db()
    assert (transfer.status, "may no longer" in transfer.problem) == (WAITING, True)
    assert owner_of(workspace) == (organization.account.id, "shared")


def test_one_person_on_both_sides_transfers_at_once(organization: Organization, stranger: Person) -> None:
    admin = organization.admin
    transfer = ask(organization, admin)
    assert (transfer.status, transfer.approved_by) == (APPROVED, admin.user)
    sweep()  # which finds what the broker lost
    assert owner_of(organization.workspace) == (admin.account.id, "moved")
    # If the restrictions of the target keep them out, they are asked there.
    home = admin.workspace
    back = Plan(home, organization.account, "home", {}, 0)
    waiting = start(back, user=admin.user, actor=admin.user.as_actor(), target_is_open=False)
    assert waiting.status == WAITING


def test_problems_block_and_terms_are_checked(organization: Organization, stranger: Person, settings: Any) -> None:
    admin = organization.admin
    taken = plan_for(organization, admin, new_handle="home")
    assert [problem["category"] for problem in preview(taken)["problems"]] == ["handle"]
    with pytest.raises(Conflict):
        ask(organization, admin, new_handle="home")
    # People outside of the target do not learn its handles. It is told when the transfer is approved.
    asked = ask(organization, stranger, new_handle="home")
    with pytest.raises(Conflict, match="handle"):
        agree(asked, stranger)
    cancel(asked, user=admin.user, actor=admin.user.as_actor())
    with pytest.raises(Invalid):
        ask(organization, stranger, grace_seconds=10**9)
    with pytest.raises(Invalid):
        ask(organization, stranger, roles={builtin.IDS["Viewer"]: None})
    own = create_role(organization.account, name="Own", scopes=["see_flows"], actor=system("tests"))
    foreign = create_role(organization.account, name="Two", scopes=["see_flows"], actor=system("tests"))
    with pytest.raises(Invalid):
        ask(organization, stranger, roles={own.id: foreign.id})
    with pytest.raises(Forbidden):
        start(
            plan_for(organization, stranger), user=organization.member.user, actor=organization.member.user.as_actor()
        )
    settings.CAPS = {**settings.CAPS, "workspaces": 1}
    assert [problem["category"] for problem in preview(plan_for(organization, admin))["problems"]] == ["limits"]


def test_outsiders_do_not_learn_who_belongs_to_the_target(organization: Organization, stranger: Person) -> None:
    add_member(stranger.account, user=organization.member.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(organization.workspace, organization.member.user, builtin.DEVELOPER)
    shown = preview(plan_for(organization, stranger, new_handle="home"))
    outside = shown_to(shown, source=True, target=False)
    access = next(part for part in outside["parts"] if part["name"] == "access")
    assert {effect["outcome"] for effect in access["effects"]} == {"depends"}
    assert "Boris" not in str(outside)
    assert (outside["problems"], [limit["side"] for limit in outside["limits"]]) == ([], ["source", "source"])
    inside = shown_to(shown, source=False, target=True)
    outcomes = {effect["name"]: effect["outcome"] for effect in inside["parts"][0]["effects"]}
    assert outcomes == {
        "Adam Example": "loses",
        "Frida Example": "loses",
        "Mia Example": "keeps",
        "Boris Example": "gains",
    }
    assert [limit["side"] for limit in inside["limits"]] == ["target", "target"]


def test_custom_roles_are_mapped(organization: Organization, owner: Person) -> None:
    own = create_role(organization.account, name="Runner plus", scopes=["see_flows"], actor=system("tests"))
    share(organization.workspace, organization.member.user, "Runner plus")
    target = create_organization(
        name="Globex", handle="globex", founder=organization.admin.user, actor=organization.admin.user.as_actor()
    )
    add_member(target, user=organization.member.user, role=permissions.MEMBER, actor=system("tests"))
    suggested = suggested_roles(organization.workspace, target, of_target=True)
    assert suggested == {own.id: None}
    same = create_role(target, name="Runner plus", scopes=["see_flows"], actor=system("tests"))
    assert suggested_roles(organization.workspace, target, of_target=True) == {own.id: same.id}
    assert suggested_roles(organization.workspace, target, of_target=False) == {own.id: None}
    plan = Plan(organization.workspace, target, "shared", {own.id: same.id}, 0)
    admin = organization.admin.user
    carry_out(start(plan, user=admin, actor=admin.as_actor()).id)
    assert Grant.objects.get(workspace=organization.workspace).role == same
    assert not is_served(organization.workspace.id, organization.account.id)


def test_changes_of_the_handle_lead_on_and_deletion_is_safe(organization: Organization, stranger: Person) -> None:
    actor = organization.owner.user.as_actor()
    update_workspace(organization.workspace, handle="renamed", actor=actor)
    assert list(FormerAddress.objects.values_list("handle", flat=True)) == ["shared"]
    update_workspace(organization.workspace, handle="shared", actor=actor)
    assert list(FormerAddress.objects.values_list("handle", flat=True)) == ["renamed"]
    transfer = agree(ask(organization, stranger), stranger)
    stale = Workspace.objects.select_related("account").get(id=organization.workspace.id)
    carry_out(transfer.id)
    # Whoever still has the old row in hand changes nothing any more.
    assert not delete_workspace(stale, actor=actor)
    with pytest.raises(Conflict):
        update_workspace(stale, name="Mine", actor=actor)
    with pytest.raises(Conflict):
        share(stale, organization.member.user, builtin.VIEWER)
    assert delete_workspace(Workspace.objects.get(id=stale.id), actor=stranger.user.as_actor())
    # In the trash, it cannot be returned.
    with pytest.raises(Conflict):
        undo(transfer, user=organization.owner.user, actor=actor)


def test_collaborators_without_a_workspace_leave_after_the_undo_has_passed(owner: Person, stranger: Person) -> None:
    guest = make_person("guest")
    add_member(owner.account, user=guest.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(owner.workspace, guest.user, builtin.VIEWER)
    transfer = start(
        Plan(owner.workspace, stranger.account, "olga", {}, 0), user=owner.user, actor=owner.user.as_actor()
    )
    carry_out(agree(transfer, stranger).id)
    sweep()
    assert Membership.objects.filter(account=owner.account).count() == 1
    Transfer.objects.update(undo_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict):
        undo(transfer, user=owner.user, actor=owner.user.as_actor())
    sweep()
    transfer.refresh_from_db()
    assert (transfer.snapshot, Membership.objects.filter(account=owner.account).count()) == (None, 0)


def test_collaborators_stay_as_long_as_another_undo_gives_them_a_role(owner: Person, stranger: Person) -> None:
    guest = make_person("guest")
    add_member(owner.account, user=guest.user, role=permissions.COLLABORATOR, actor=system("tests"))
    second = create_workspace(owner.account, name="Second", handle="second", actor=owner.user.as_actor())
    transfers = []
    for workspace in (owner.workspace, second):
        share(workspace, guest.user, builtin.VIEWER)
        plan = Plan(workspace, stranger.account, f"olga-{workspace.handle}", {}, 0)
        transfers.append(start(plan, user=owner.user, actor=owner.user.as_actor()))
        carry_out(agree(transfers[-1], stranger).id)
    Transfer.objects.filter(id=transfers[0].id).update(undo_until=timezone.now() - timedelta(seconds=1))
    sweep()
    assert Transfer.objects.get(id=transfers[0].id).snapshot is None
    undo(transfers[1], user=owner.user, actor=owner.user.as_actor())
    assert enter(guest.user, second.id) is not None


def test_unconfirmed_admins_do_not_crowd_out_confirmed_ones(
    organization: Organization, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_MOST_MAILS", 1)
    EmailAddress.objects.filter(user=organization.owner.user).update(verified=False)
    transfer = ask(organization, stranger)
    OutgoingMail.objects.all().delete()
    decline(transfer, user=stranger.user, actor=stranger.user.as_actor())
    assert [who for who, _ in mailed()] == ["adam"]


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_leave_one_answer(organization: Organization, stranger: Person) -> None:
    transfer = ask(organization, stranger)
    hash, boris, admin = transfer.preview_hash, stranger.user, organization.admin.user

    def yes() -> Transfer:
        return approve(transfer, preview_hash=hash, user=boris, actor=boris.as_actor())

    results = at_once(yes, yes, lambda: cancel(transfer, user=admin, actor=admin.as_actor()))
    assert [type(result) for result in results if isinstance(result, Exception)] == [Conflict, Conflict]
    if Transfer.objects.get(id=transfer.id).status == CANCELLED:
        transfer = agree(ask(organization, stranger), stranger)
    done = at_once(*[lambda: carry_out(transfer.id)] * 3)
    assert sorted(map(bool, done)) == [False, False, True]
    assert owner_of(organization.workspace) == (stranger.account.id, "moved")
    assert actions(stranger.account).count("workspace.transferred-in") == 1
    frida = organization.owner.user

    def back() -> Transfer:
        return undo(transfer, user=frida, actor=frida.as_actor())

    undone = at_once(back, back)
    assert [type(result) for result in undone if isinstance(result, Exception)] == [Conflict]
    assert owner_of(organization.workspace) == (organization.account.id, "shared")
    assert Transfer.objects.get(id=transfer.id).status == UNDONE


class _Stopped(DatabaseError):
    pass


def _failing_at(number: int) -> Callable[..., Any]:
    """Return a wrapper of statements that fails at the one with this number."""
    seen = 0

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == number:
            raise _Stopped(sql)
        return execute(sql, params, many, context)

    return wrapper


def _interrupted(work: Callable[[], Any], state: Callable[[], Any]) -> int:
    """Run the work with each of its statements failing, and check that nothing has changed. Return their number."""
    before, number = state(), 0
    while True:
        number += 1
        try:
            with transaction.atomic(), connection.execute_wrapper(_failing_at(number)):
                work()
                transaction.set_rollback(True)  # no statement is left to fail
            return number - 1
        except _Stopped:
            assert state() == before


def test_failure_at_every_statement_leaves_one_transfer_or_none(organization: Organization, stranger: Person) -> None:
    add_member(stranger.account, user=organization.member.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(organization.workspace, organization.member.user, builtin.DEVELOPER)
    transfer = ask(organization, stranger)

    def state() -> Any:
        grants = set(Grant.objects.values_list("id", "role", "user", "group"))
        statuses = list(Transfer.objects.values_list("status", "snapshot", "problem"))
        return owner_of(organization.workspace), grants, statuses, FormerAddress.objects.count(), Entry.objects.count()

    assert _interrupted(lambda: agree(transfer, stranger), state) > 10
    agree(transfer, stranger)
    assert _interrupted(lambda: carry_out(transfer.id), state) > 20
    sweep()
    assert Transfer.objects.get(id=transfer.id).status == COMPLETED
    frida = organization.owner.user
    assert _interrupted(lambda: undo(transfer, user=frida, actor=frida.as_actor()), state) > 20
    undo(transfer, user=frida, actor=frida.as_actor())
    assert owner_of(organization.workspace) == (organization.account.id, "shared")


def test_plan_of_the_target_limits_pools_and_counts_what_it_removes(
    organization: Organization, stranger: Person
) -> None:
    workspace, admin = organization.workspace, organization.admin
    old = timezone.now() - timedelta(days=20)
    flow = stage.flow(workspace)
    for state, end in (("COMPLETED", old), ("FAILED", timezone.now()), ("RUNNING", None)):
        run = stage.flow_run(flow, state=state)
        FlowRun.objects.filter(id=run.id).update(end_time=end)
    create_pool(workspace, {"name": "pool", "type": "process"}, actor=system("tests"))
    plan = plan_for(organization, admin)
    assert preview(plan)["problems"] == []
    small = SubscriptionPlan.objects.create(name="Small", max_work_pools=0, run_retention_days=7, log_retention_days=7)
    AccountPlan.objects.create(account=admin.account, plan=small)
    shown = preview(plan)
    figures = {figure["name"]: figure["number"] for part in shown["parts"] for figure in part["figures"]}
    assert (figures["old_runs"], figures["running"], figures["old_logs"]) == (1, 1, 0)
    assert [problem["category"] for problem in shown["problems"]] == ["limits"]
    with pytest.raises(Conflict, match="work pools"):
        ask(organization, admin)
    set_hold(workspace, reason="A lawsuit", actor=system("tests"))
    with pytest.raises(Conflict, match="legal hold"):
        ask(organization, stranger)
