"""Exports are written by tasks: limits, progress and interruptions."""

import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import OutgoingMail
from auditlog import chains
from auditlog.models import Entry
from core.errors import Conflict
from tests.at_once import at_once
from tests.cast import Organization, Person
from tests.trash import empty_trash
from tests.visits import text, visitor
from tests.workspaces.audit_log.stage import add_entries, requested
from workspaces.audit_log import export_writing, services, tasks
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.exports import EntriesMissing
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, ExportPart


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write one entry in each turn."""
    monkeypatch.setattr(export_writing, "POSITIONS_AT_ONCE", 1)
    monkeypatch.setattr(export_writing, "_TURN", -1)


def test_export_is_queued_after_the_commit(
    organization: Organization, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.write_export, "apply_async", queued.append)
    with django_capture_on_commit_callbacks(execute=True):
        export = requested(organization)
        assert queued == []
    assert queued == [(str(export.id),)]


def test_sweep_queues_what_the_broker_lost_or_a_killed_worker_left(
    organization: Organization, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, killed, written = requested(organization), requested(organization), AuditExport(**_columns(organization))
    written.save()
    long_ago = timezone.now() - export_writing.LEASE - timedelta(seconds=1)
    AuditExport.objects.filter(id=killed.id).update(claimed_at=long_ago)
    AuditExport.objects.filter(id=written.id).update(claimed_at=timezone.now())
    queued: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.write_export, "apply_async", queued.append)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.resume_exports()
    assert queued == [(str(lost.id),), (str(killed.id),)]


def _columns(organization: Organization) -> dict[str, Any]:
    user = organization.owner.user
    return {"account": organization.account, "actor_id": user.id, "actor_name": user.name, "kind": "csv"}


def test_progress_is_saved_and_shown(organization: Organization, small_parts: None) -> None:
    export = requested(organization)
    path = f"/account/{organization.account.id}/audit-log/exports"
    client = visitor(organization.admin.user)
    assert "waiting" in text(client.get(path))
    seen = []
    while export.finished_at is None:
        write_export(export.id)
        export.refresh_from_db()
        answer = client.get(path, headers={"X-Poll": "1"})
        seen.append((export.percent, f"{export.percent}%" in text(answer), answer.status_code))
    percents = [percent for percent, _, _ in seen]
    assert percents == sorted(percents)
    assert seen[-2:] == [(100, True, 200), (100, False, 286)]
    assert seen[0][0] < 50
    assert "ready" in text(client.get(path))


def test_export_continues_after_its_last_part(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends a worker, also between the progress and the part of one step."""
    monkeypatch.setattr(export_writing, "POSITIONS_AT_ONCE", 1)
    export, create = requested(organization), ExportPart.objects.create
    calls = 0

    def fail_every_second(**values: Any) -> ExportPart:
        nonlocal calls
        calls += 1
        if calls % 2 == 0:
            raise OperationalError
        return create(**values)

    monkeypatch.setattr(ExportPart.objects, "create", fail_every_second)
    for _ in range(100):
        try:
            write_export(export.id)
        except OperationalError:
            AuditExport.objects.filter(id=export.id).update(claimed_at=None)
    export.refresh_from_db()
    lines = b"".join(services.file_parts(export)).splitlines()
    count = Entry.objects.filter(account_id=organization.account.id).count()
    assert (export.ready, export.entries, len(lines), len(set(lines))) == (True, count, count + 1, count + 1)
    assert calls > 2 * count


def test_claimed_export_is_left_to_its_worker(organization: Organization) -> None:
    export = requested(organization)
    AuditExport.objects.filter(id=export.id).update(claimed_at=timezone.now())
    write_export(export.id)
    assert not ExportPart.objects.filter(export=export).exists()


def test_worker_that_lost_its_claim_writes_nothing_more(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, chain = requested(organization), chains.chain_account

    def slowly(*args: Any, **options: Any) -> int:
        AuditExport.objects.filter(id=export.id).update(claimed_at=timezone.now())  # by another worker
        return chain(*args, **options)

    monkeypatch.setattr(export_writing, "chain_account", slowly)
    write_export(export.id)
    assert not ExportPart.objects.filter(export=export).exists()


def test_deleted_export_leaves_nothing(organization: Organization, small_parts: None) -> None:
    export = requested(organization)
    write_export(export.id)
    path = f"/account/{organization.account.id}/audit-log/exports/{export.id}/delete"
    client = visitor(organization.admin.user)
    assert "Delete audit-log-initech" in text(client.get(path))
    assert client.post(path).status_code == 302
    write_export(export.id)
    assert (AuditExport.objects.count(), ExportPart.objects.count()) == (0, 0)
    assert Entry.objects.filter(action="audit-log.export-deleted", actor_id=organization.admin.user.id).count() == 1
    assert client.post(path).status_code == 404


def test_export_without_progress_is_given_up(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    export = requested(organization)

    def fail(*args: Any, **options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(export_writing, "positions", fail)
    for _ in range(export_writing.ATTEMPTS):
        with pytest.raises(OperationalError):
            write_export(export.id)
        AuditExport.objects.filter(id=export.id).update(claimed_at=None)
    write_export(export.id)
    export.refresh_from_db()
    assert "could not be written" in export.problem
    assert OutgoingMail.objects.latest("id").subject == "The export of Initech's audit log failed"


def test_file_has_a_largest_size(
    organization: Organization, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_writing, "LARGEST", 600)
    export = requested(organization)
    while export.finished_at is None:
        write_export(export.id)
        export.refresh_from_db()
    assert export.problem == "The file would be too large. Choose a shorter period."
    assert not ExportPart.objects.filter(export=export).exists()
    page = text(visitor(organization.admin.user).get(f"/account/{organization.account.id}/audit-log/exports"))
    assert export.problem in page
    assert "Download" not in page


def test_missing_entries_end_a_verifiable_export(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: Any) -> None:
        raise EntriesMissing

    monkeypatch.setattr(export_writing, "chain_lines", missing)
    export = requested(organization)
    write_export(export.id)
    export.refresh_from_db()
    assert export.problem == "Entries were removed while this export was written. Export again."


def test_account_has_few_exports_at_once(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    exports = [requested(organization) for _ in range(services.MOST_UNFINISHED)]
    client = visitor(organization.admin.user)
    path = f"/account/{organization.account.id}/audit-log/exports"
    answer = client.post(f"{path}/create", {"format": "csv"}, follow=True)
    assert "2 exports are being written. Wait until one is ready." in text(answer)
    assert AuditExport.objects.count() == services.MOST_UNFINISHED
    monkeypatch.setattr(services, "MOST_KEPT", 2)
    for export in exports:
        write_export(export.id)
    with pytest.raises(Conflict, match="keeps at most 2 exports"):
        requested(organization)
    assert client.post(f"{path}/create", {"format": "pdf"}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_do_not_exceed_the_limit(organization: Organization) -> None:
    results = at_once(*[lambda: requested(organization)] * 5)
    assert sum(isinstance(result, Conflict) for result in results) == 5 - services.MOST_UNFINISHED
    assert AuditExport.objects.count() == services.MOST_UNFINISHED


def test_old_files_are_dropped(organization: Organization) -> None:
    old, new = requested(organization), requested(organization)
    for export in (old, new):
        write_export(export.id)
    AuditExport.objects.filter(id=old.id).update(finished_at=timezone.now() - services.KEPT - timedelta(minutes=1))
    tasks.drop_old_exports()
    assert list(AuditExport.objects.values_list("id", flat=True)) == [new.id]
    assert set(ExportPart.objects.values_list("export_id", flat=True)) == {new.id}


def test_account_is_deleted_with_its_exports(owner: Person) -> None:
    actor = owner.user.as_actor()
    export = services.request_export(owner.account, kind="csv", entry_filter=EntryFilter(), actor=actor)
    write_export(export.id)
    assert visitor(owner.user).post("/my/delete", {"typed": owner.user.handle}).status_code == 302
    empty_trash()
    assert (AuditExport.objects.count(), ExportPart.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_file(
    organization: Organization, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_writing, "POSITIONS_AT_ONCE", 100)
    add_entries(organization.account.id, 6_000)
    export = requested(organization, kind)
    chains.chain_account(organization.account.id, wait=True)
    tracemalloc.start()
    write_export(export.id)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    export.refresh_from_db()
    assert export.ready
    assert peak < export.size / 2
