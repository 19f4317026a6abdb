"""Deleted workspaces and organizations: unreachable at once, restored whole, and removed in batches."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from auditlog.models import Entry
from core.errors import Conflict, Invalid, NotFound, Taken
from orgs.models import Invitation, Membership, Team
from orgs.queries import accounts_of
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import create_service_account
from tests.cast import Api, Organization, Person, share
from tests.rbac.shelf.models import Deployed, Pool
from tests.trash import empty_trash, expire_trash
from tests.workspaces.directory.test_services import BY, fill, rows_of
from workspaces.directory.deletion import delete_organization, delete_person
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.scheduling.late_runs import mark_late_runs, overdue_runs
from workspaces.scheduling.scheduler import schedule_runs
from workspaces.scoping import enter
from workspaces.trash import removal, services
from workspaces.trash.models import Deletion
from workspaces.websockets.access_watcher import Claim, ended_claims

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_REST", 0.0)


def test_workspace_in_the_trash_is_unreachable_and_comes_back_whole(owner: Person, stranger: Person) -> None:
    fill(owner)
    body = {"flow_id": str(Flow.objects.get(workspace=owner.workspace).id), "state": {"type": "SCHEDULED"}}
    assert owner.api.post(f"{owner.workspace_api}/flow_runs/", body).status_code == 201
    an_hour_ago = timezone.now() - timedelta(hours=1)
    FlowRun.objects.filter(state_type="SCHEDULED").update(next_scheduled_start_time=an_hour_ago)
    before = rows_of(owner.workspace)
    claim = Claim(owner.key.id, owner.user.id, owner.workspace.id, owner.account.id, "see_flows", "127.0.0.1")
    assert ended_claims([claim]) == []
    assert delete_workspace(owner.workspace, actor=BY) is True
    assert delete_workspace(owner.workspace, actor=BY) is False
    assert enter(owner.user, owner.workspace.id) is None
    assert ended_claims([claim]) == [claim]
    for path in ("", "/flows/filter", "/flow_runs/count"):
        call = owner.api.get if not path else owner.api.post
        assert call(f"{owner.workspace_api}{path}").status_code == 404
    assert owner.api.get("/api/me/workspaces").json() == []
    assert (schedule_runs(), mark_late_runs(), overdue_runs(timezone.now()).count()) == (0, 0, 1)
    assert rows_of(owner.workspace) == before
    assert removal.remove_batch() is False  # not yet
    restored = services.restore_workspace(owner.account, owner.workspace.id, actor=BY)
    assert (restored.handle, rows_of(owner.workspace), Deletion.objects.count()) == ("home", before, 0)
    assert owner.api.get(owner.workspace_api).status_code == 200
    assert (mark_late_runs(), schedule_runs()) == (1, 1)
    actions = Entry.objects.filter(object_id=str(owner.workspace.id)).order_by("id").values_list("action", flat=True)
    assert list(actions)[-2:] == ["workspace.deleted", "workspace.restored"]
    with pytest.raises(NotFound):
        services.restore_workspace(owner.account, owner.workspace.id, actor=BY)


def test_handle_is_free_at_once_and_a_restore_takes_a_new_one(owner: Person, settings: Any) -> None:
    delete_workspace(owner.workspace, actor=BY)
    create_workspace(owner.account, name="Again", handle="home", actor=BY)
    with pytest.raises(Taken, match="has a workspace with this handle"):
        services.restore_workspace(owner.account, owner.workspace.id, actor=BY)
    assert services.suggested_handle(owner.account, "home") == "home-restored-1"
    restored = services.restore_workspace(owner.account, owner.workspace.id, handle="home-restored-1", actor=BY)
    assert restored.full_handle == "olga/home-restored-1"
    settings.CAPS = {**settings.CAPS, "workspaces": 2}
    delete_workspace(restored, actor=BY)
    create_workspace(owner.account, name="Third", handle="third", actor=BY)
    with pytest.raises(Invalid, match="at most 2 workspaces"):
        services.restore_workspace(owner.account, restored.id, actor=BY)
    delete_workspace(Workspace.objects.get(handle="third"), actor=BY)
    with pytest.raises(Invalid, match="trash of this account has 2"):
        create_workspace(owner.account, name="Fourth", handle="fourth", actor=BY)


def test_a_stranger_restores_nothing(owner: Person, stranger: Person) -> None:
    delete_workspace(owner.workspace, actor=BY)
    delete_workspace(stranger.workspace, actor=BY)
    with pytest.raises(NotFound):
        services.restore_workspace(stranger.account, owner.workspace.id, actor=BY)
    assert not services.trashed_organizations(stranger.user)


def test_removal_takes_everything_of_the_tenant_in_batches(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(owner)
    fill(stranger)
    before = rows_of(stranger.workspace)
    monkeypatch.setattr(removal, "BATCH", 2)
    delete_workspace(owner.workspace, actor=BY)
    expire_trash()
    with pytest.raises(Conflict, match="no longer be restored"):
        services.restore_workspace(owner.account, owner.workspace.id, actor=BY)
    assert empty_trash() > 10
    assert set(rows_of(Workspace(id=owner.workspace.id)).values()) == {0}
    assert (rows_of(stranger.workspace), Workspace.with_trashed.count()) == (before, 1)
    row = Deletion.objects.get()
    assert (row.state, row.percent, row.problem) == ("removed", 100, "")
    assert row.rows_total
    assert row.rows_removed >= row.rows_total
    assert Entry.objects.filter(action="workspace.removed").get().actor_name == "trash"
    assert Entry.objects.filter(action="workspace.deleted").exists()
    removal.forget_removals()
    assert Deletion.objects.count() == 1
    Deletion.objects.update(finished_at=timezone.now() - timedelta(days=31))
    removal.forget_removals()
    assert Deletion.objects.count() == 0


def test_few_rows_of_many_models_are_one_batch(owner: Person) -> None:
    fill(owner)
    delete_workspace(owner.workspace, actor=BY)
    assert empty_trash() == 2  # the second finds nothing more
    assert set(rows_of(owner.workspace).values()) == {0}


def test_removal_goes_on_after_it_was_killed_at_any_batch(
    organization: Organization, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(**{**organization.owner.__dict__, "workspace": organization.workspace})
    fill(person)
    before = rows_of(stranger.workspace)
    monkeypatch.setattr(removal, "BATCH", 4)
    delete_organization(organization.account, actor=BY)
    expire_trash()
    failures = 0

    remove_some = removal._remove_some

    def fail_every_other_time(row: Deletion, workspaces: list[UUID]) -> int:
        nonlocal failures
        deleted = remove_some(row, workspaces)
        failures += 1
        if failures % 2:
            raise RuntimeError("killed")
        return deleted

    monkeypatch.setattr(removal, "_remove_some", fail_every_other_time)
    monkeypatch.setattr(removal, "_AFTER_ERROR", timedelta(0))
    for _ in range(300):
        if not removal.remove_batch():
            break
    row = Deletion.objects.get()
    assert (row.state, row.problem) == ("removed", "")
    assert row.rows_removed >= (row.rows_total or 0)
    assert not Account.with_trashed.filter(id=organization.account.id)
    assert not Team.objects.filter(account=organization.account)
    assert set(rows_of(organization.workspace).values()) == {0}
    assert rows_of(stranger.workspace) == before


def test_organization_comes_back_with_what_was_deleted_together(organization: Organization) -> None:
    account, owner = organization.account, organization.owner
    early = create_workspace(account, name="Early", handle="early", actor=BY)
    delete_workspace(early, actor=BY)
    bot, key, value = create_service_account(account, name="bot", actor=BY)
    share(organization.workspace, bot, "Owner")
    Invitation.objects.update(status="REVOKED")
    assert Api(value).get(f"/api/accounts/{account.id}/workspaces/{organization.workspace.id}").status_code == 200
    assert delete_organization(account, actor=BY) is True
    assert delete_organization(account, actor=BY) is False
    assert Api(value).get("/api/me/workspaces").status_code == 401
    assert not ApiKey.objects.in_force().filter(id=key.id)
    assert owner.api.get(f"/api/accounts/{account.id}").status_code == 404
    assert enter(owner.user, organization.workspace.id) is None
    assert [access.account.id for access in accounts_of(owner.user)] == [owner.account.id]
    assert list(services.trashed_organizations(owner.user)) == [account]
    assert not services.trashed_organizations(organization.admin.user)
    with pytest.raises(Taken):
        create_organization(founder=owner.user, name="Again", handle=account.handle, actor=BY)
    services.restore_organization(account, actor=BY)
    assert Api(value).get(f"/api/accounts/{account.id}/workspaces/{organization.workspace.id}").status_code == 200
    assert list(Workspace.objects.filter(account=account)) == [organization.workspace]
    assert Deletion.objects.get().workspace_id == early.id
    with pytest.raises(NotFound):
        services.restore_organization(account, actor=BY)


def test_workspace_is_not_restored_into_a_deleted_organization(organization: Organization) -> None:
    delete_workspace(organization.workspace, actor=BY)
    delete_organization(organization.account, actor=BY)
    with pytest.raises(NotFound):
        services.restore_workspace(organization.account, organization.workspace.id, actor=BY)
    assert not Workspace.objects.filter(id=organization.workspace.id)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_restore_that_waits_for_the_removal_does_not_hold_the_account(organization: Organization) -> None:
    """The last batch holds the deletion when it deletes the account, and waited for the restore that waited for it."""
    delete_organization(organization.account, actor=BY)

    def restore() -> None:
        try:
            with pytest.raises(Conflict, match="no longer be restored"):
                services.restore_organization(organization.account, actor=BY)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            Deletion.objects.select_for_update().get()
            restored = threads.submit(restore)
            wait_for_a_waiting_transaction()
            Account.with_trashed.select_for_update(nowait=True).get(id=organization.account.id)
            Deletion.objects.update(started_at=timezone.now())
        restored.result(timeout=10)
    assert not Account.objects.filter(id=organization.account.id)


def wait_for_a_waiting_transaction() -> None:
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database())"
            )
            if cursor.fetchone():
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits for a row")


def test_organization_is_not_restored_when_it_is_too_late(organization: Organization) -> None:
    delete_organization(organization.account, actor=BY)
    expire_trash()
    with pytest.raises(Conflict, match="no longer be restored"):
        services.restore_organization(organization.account, actor=BY)
    # Its last owner may delete their own account meanwhile.
    delete_person(organization.owner.user, actor=BY)
    assert not Membership.objects.filter(account=organization.account, user=organization.owner.user.id)


def test_person_goes_at_once_and_the_workspaces_in_the_background(owner: Person, stranger: Person) -> None:
    fill(owner)
    early = create_workspace(owner.account, name="Early", handle="early", actor=BY)
    delete_workspace(early, actor=BY)
    delete_person(owner.user, actor=BY)
    left = Account.with_trashed.get(id=owner.account.id)
    assert (left.user, left.name, left.trashed_at is None) == (None, "Deleted account", False)
    assert not User.objects.filter(id=owner.user.id)
    assert Entry.objects.get(action="user.deleted").detail["handle"] == "olga"
    assert not Account.with_trashed.filter(handle="olga")
    empty_trash()
    assert not Account.with_trashed.filter(id=owner.account.id)
    assert set(rows_of(owner.workspace).values()) == {0}
    assert Workspace.with_trashed.get() == stranger.workspace


def test_operator_need_not_wait(owner: Person) -> None:
    delete_workspace(owner.workspace, actor=BY)
    deletion = Deletion.objects.get()
    assert [services.remove_now(deletion, actor=BY) for _ in range(2)] == [True, False]
    with pytest.raises(Conflict):
        services.restore_workspace(owner.account, owner.workspace.id, actor=BY)
    assert Entry.objects.filter(action="workspace.removal-requested").count() == 1
    empty_trash()
    assert (Workspace.with_trashed.count(), Pool.objects.count(), Deployed.objects.count()) == (0, 0, 0)
