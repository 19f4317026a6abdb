"""What hostile accounts try: to write to others, flood them, learn about them, and hold up their transfers."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import OutgoingMail, User
from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, NotFound
from orgs.models import Membership
from orgs.models.plans import AccountPlan
from orgs.services.members import add_member, remove_member
from rbac import builtin, permissions
from tests.cast import Organization, Person, share
from tests.transfers.test_api import api_of
from tests.transfers.test_services import actions, agree, ask, owner_of
from tests.visits import visitor
from transfers.models import CANCELLED, COMPLETED, WAITING, Transfer
from transfers.services import requests
from transfers.services.execution import BLOCKED, carry_out, undo
from transfers.services.preview import Plan
from transfers.services.requests import cancel, start
from transfers.services.sweep import sweep
from workspaces.directory.services import create_workspace, delete_workspace, update_workspace
from workspaces.models import Workspace
from workspaces.retention.holds import end_hold, set_hold
from workspaces.scoping import enter
from workspaces.trash.services import restore_workspace


@pytest.mark.parametrize("handle", ["go to evil.example", "UPPER", "x" * 64, "two\nlines"])
def test_outsiders_send_no_text_in_place_of_a_handle(organization: Organization, stranger: Person, handle: Any) -> None:
    with pytest.raises(ValidationError):
        ask(organization, stranger, new_handle=handle)
    assert not Transfer.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_requests_to_other_accounts_are_few_a_day(
    organization: Organization, stranger: Person, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_REQUESTS", 2)
    admin = organization.admin
    for _ in range(2):
        cancel(ask(organization, stranger), user=admin.user, actor=admin.user.as_actor())
    mails, entries = OutgoingMail.objects.count(), Entry.objects.count()
    for target in (stranger, owner):
        with pytest.raises(Conflict, match="2 requests"):
            ask(organization, target)
    # Neither does an account of one's own help, from which one has sent none yet.
    with pytest.raises(Conflict, match="2 requests"):
        ask_from(admin, stranger)
    assert (OutgoingMail.objects.count(), Entry.objects.count()) == (mails, entries)
    # Transfers between one's own accounts write to nobody else, and do not count.
    ask(organization, admin)
    Transfer.objects.filter(status=CANCELLED).delete()
    assert ask_from(admin, stranger).status == WAITING


def ask_from(person: Person, target: Person) -> Transfer:
    plan = Plan(person.workspace, target.account, "moved", {}, 0)
    return start(plan, user=person.user, actor=person.user.as_actor())


def test_transfer_of_what_is_in_the_trash_is_over_and_holds_up_no_other(
    organization: Organization, stranger: Person, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, good = agree(ask(organization, stranger), stranger), agree(ask_from(owner, stranger), stranger)
    admin = organization.admin.user.as_actor()
    delete_workspace(organization.workspace, actor=admin)
    broken = carry_out

    def fails_for_one(id: Any) -> bool:
        if id == gone.id:
            raise ValueError("an accident")
        return broken(id)

    with monkeypatch.context() as patch:
        patch.setattr("transfers.services.sweep.carry_out", fails_for_one)
        sweep()
    assert Transfer.objects.get(id=good.id).status == COMPLETED
    sweep()
    assert Transfer.objects.get(id=gone.id).status == CANCELLED
    assert actions(stranger.account)[-1] == "workspace.transfer-cancelled"
    restore_workspace(organization.account, organization.workspace.id, actor=admin)
    sweep()
    assert owner_of(organization.workspace) == (organization.account.id, "shared")


def test_what_blocks_a_transfer_at_last_is_not_told_to_the_source(
    organization: Organization, stranger: Person, settings: Any
) -> None:
    transfer = agree(ask(organization, stranger), stranger)
    settings.CAPS = {**settings.CAPS, "workspaces": 1}
    assert not carry_out(transfer.id)
    transfer.refresh_from_db()
    assert (transfer.status, transfer.problem) == (WAITING, BLOCKED)
    told = Entry.objects.filter(account_id=organization.account.id, action="workspace.transfer-stopped").get()
    assert "at most" not in str(told.detail)
    answer = organization.admin.api.get(f"{api_of(organization.account)}/{transfer.id}").content.decode()
    assert "at most" not in answer
    assert "at most 1 workspaces" in stranger.api.get(f"{api_of(stranger.account)}/{transfer.id}").content.decode()


def test_former_owners_do_not_learn_what_the_workspace_is_called_now(
    organization: Organization, stranger: Person
) -> None:
    transfer = agree(ask(organization, stranger), stranger)
    carry_out(transfer.id)
    moved = Workspace.objects.select_related("account").get(id=organization.workspace.id)
    update_workspace(moved, name="Takeover of Globex", actor=stranger.user.as_actor())
    path, admin = api_of(organization.account), organization.admin.api
    assert admin.get(f"{path}/{transfer.id}").json()["workspace_name"] == "Shared"
    assert "Takeover" not in admin.post(f"{path}/filter", {}).content.decode()
    for page in ("transfers", "transfer"):
        ids = [organization.account.id] if page == "transfers" else [organization.account.id, transfer.id]
        shown = visitor(organization.admin.user).get(reverse(f"account:{page}", args=ids)).content.decode()
        assert "Shared" in shown
        assert "Takeover" not in shown


def test_workspace_on_legal_hold_stays_where_it_is(organization: Organization, stranger: Person) -> None:
    workspace, admin = organization.workspace, organization.admin.user.as_actor()
    transfer = agree(ask(organization, stranger), stranger)
    set_hold(workspace, reason="A trial", actor=admin)
    assert not carry_out(transfer.id)
    cancel(transfer, user=organization.admin.user, actor=admin)
    with pytest.raises(Conflict, match="legal hold"):  # said to people outside of the target, too
        ask(organization, stranger)
    end_hold(workspace, actor=admin)
    transfer = agree(ask(organization, stranger), stranger)
    stale = Workspace.objects.select_related("account").get(id=workspace.id)
    assert carry_out(transfer.id)
    with pytest.raises(NotFound):  # the former owner, a moment too late
        set_hold(stale, reason="Mine", actor=admin)
    set_hold(Workspace.objects.get(id=workspace.id), reason="A trial", actor=stranger.user.as_actor())
    with pytest.raises(Conflict, match="legal hold"):
        undo(transfer, user=organization.owner.user, actor=organization.owner.user.as_actor())
    assert owner_of(workspace) == (stranger.account.id, "moved")


def test_undo_exceeds_no_plan_and_gives_nothing_to_who_left(organization: Organization, stranger: Person) -> None:
    owner, member = organization.owner.user, organization.member.user
    share(organization.workspace, member, builtin.OWNER)
    plan = AccountPlan.objects.create(account=organization.account, max_workspaces=1)
    transfer = agree(ask(organization, stranger), stranger)
    carry_out(transfer.id)
    remove_member(Membership.objects.get(account=organization.account, user=member), actor=owner.as_actor())
    add_member(organization.account, user=member, role=permissions.MEMBER, actor=owner.as_actor())
    create_workspace(organization.account, name="New", handle="new", actor=owner.as_actor())
    with pytest.raises(Conflict, match="no room"):
        undo(transfer, user=owner, actor=owner.as_actor())
    plan.max_workspaces = 2
    plan.save()
    undo(transfer, user=owner, actor=owner.as_actor())
    assert owner_of(organization.workspace) == (organization.account.id, "shared")
    assert enter(member, organization.workspace.id) is None


def test_preview_does_not_tell_outsiders_for_how_long_the_target_keeps_data(
    organization: Organization, stranger: Person
) -> None:
    AccountPlan.objects.create(
        account=stranger.account, run_retention_days=41, event_retention_days=42, log_retention_days=43
    )
    body = {"workspace_id": str(organization.workspace.id), "to_account_handle": "boris"}
    shown = organization.admin.api.post(f"{api_of(organization.account)}/preview", body)
    assert (shown.status_code, "older than" in shown.content.decode()) == (200, False)
    transfer = ask(organization, stranger)
    assert "ago: removed" not in str(organization.admin.api.get(f"{api_of(organization.account)}/{transfer.id}").json())
    inside = str(stranger.api.get(f"{api_of(stranger.account)}/{transfer.id}").json())
    assert all(f"{days} days" in inside for days in (41, 42, 43))


def test_refused_requests_lock_no_other_account(organization: Organization, stranger: Person, settings: Any) -> None:
    admin = organization.admin.user
    plan = Plan(organization.workspace, stranger.account, "moved", {}, 0)
    with CaptureQueriesContext(connection) as seen, pytest.raises(Conflict):
        start(plan, user=admin, actor=admin.as_actor(), preview_hash="wrong")
    assert not any("FOR NO KEY UPDATE" in query["sql"] or "SAVEPOINT" in query["sql"] for query in seen)


def test_transfers_do_not_get_round_the_size_of_the_trash(
    organization: Organization, stranger: Person, settings: Any
) -> None:
    settings.CAPS = {**settings.CAPS, "workspaces": 2}
    for number in range(2):
        own = create_workspace(stranger.account, name="Own", handle=f"own-{number}", actor=system("tests"))
        delete_workspace(own, actor=system("tests"))
    delete_workspace(stranger.workspace, actor=system("tests"))
    with pytest.raises(Conflict, match="trash of this account"):
        agree(ask(organization, stranger), stranger)


def test_many_who_lose_access_do_not_hide_who_keeps_it(organization: Organization, stranger: Person) -> None:
    friend = organization.member.user
    add_member(stranger.account, user=friend, role=permissions.COLLABORATOR, actor=system("tests"))
    share(organization.workspace, friend, builtin.OWNER)
    for number in range(101):
        crowd = User.actors.create(email=f"crowd-{number}@example.com", first_name=f"A {number}")
        Membership.objects.create(account=organization.account, user=crowd, role=permissions.ADMIN)
    transfer = ask(organization, stranger)
    page = reverse("account:transfer", args=[stranger.account.id, transfer.id])
    shown = visitor(stranger.user).get(page).content.decode()
    assert ("more, which the API returns" in shown, friend.name in shown) == (True, True)
