"""Exports of the audit log: what the files contain, and the check of one on another machine."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

import auditlog.verifier
from auditlog import chains
from auditlog.models import Entry
from auditlog.signing import current_key
from auditlog.verifier import check_export
from orgs.services.teams import create_team
from tests.cast import Organization
from tests.visits import visitor
from workspaces.audit_log import export_writing, exports, filters
from workspaces.audit_log.models import AuditExport
from workspaces.audit_log.services import file_parts, request_export


@pytest.fixture
def exported(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(chains, "BATCH", 2)
    monkeypatch.setattr(export_writing, "POSITIONS_AT_ONCE", 3)
    monkeypatch.setattr(exports, "_CHECKPOINT_EVERY", 2)
    for name in ("=cmd()", "Data ä", "Third"):
        create_team(organization.account, name=name, actor=organization.owner.user.as_actor())
    return export(organization, "jsonl")


def export(organization: Organization, kind: str, query: str = "") -> str:
    """Export the log as an admin does, and return the file."""
    client = visitor(organization.admin.user)
    root = f"/account/{organization.account.id}/audit-log/exports"
    assert client.post(f"{root}/create{query}", {"format": kind}).status_code == 302
    row = AuditExport.objects.latest("id")
    export_writing.write_export(row.id)
    response = client.post(f"{root}/{row.id}/download")
    assert response.status_code == 200
    assert response["Content-Disposition"] == (
        f'attachment; filename="audit-log-initech-{timezone.now().date()}.{kind}"'
    )
    content = response.getvalue()
    assert len(content) == int(response["Content-Length"])
    row.delete()
    return content.decode()


def test_export_is_valid_on_a_machine_without_our_packages(exported: str, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text(exported)
    for options, words in ((["--key", current_key().id], "Valid: "), ([], "Ask the operator")):
        command = [sys.executable, "-I", "-S", auditlog.verifier.__file__, str(file), *options]
        checked = subprocess.run(command, capture_output=True, text=True, check=True)
        assert words in checked.stdout
    assert "Data" in exported
    file.write_text(exported.replace("Data", "Date"))
    refused = subprocess.run(
        [sys.executable, str(auditlog.verifier.__file__), str(file)], capture_output=True, text=True
    )
    assert refused.returncode == 1


def test_every_damage_of_an_export_is_found(exported: str) -> None:
    lines = exported.splitlines()
    assert check_export(lines)[0].problem == ""
    assert len(lines) > 6
    for number in range(1, len(lines)):
        assert check_export([*lines[:number], *lines[number + 1 :]])[0].problem, "one removed"
        entry = json.loads(lines[number])
        for field in ("actor_name", "hash", "occurred", "position", "detail"):
            changed = json.dumps(entry | {field: 77 if field == "position" else "f" * 64})
            assert check_export([*lines[:number], changed, *lines[number + 1 :]])[0].problem, field
        assert check_export([*lines[:number], lines[number], *lines[number:]])[0].problem, "one repeated"
    swapped = [*lines[:2], lines[3], lines[2], *lines[4:]]
    assert check_export(swapped)[0].problem
    header = json.loads(lines[0])
    forged = header | {"checkpoints": [header["checkpoints"][-1] | {"position": 2}]}
    assert check_export([json.dumps(forged), *lines[1:]])[0].problem
    assert "not signed by a trusted key" in check_export(lines, "0" * 16)[0].problem
    for text in ("", "{}", "[]", "x"):
        with pytest.raises(ValueError):
            check_export(text.splitlines())


def test_part_of_a_chain_is_valid_on_its_own(exported: str, organization: Organization) -> None:
    old = timezone.now() - timedelta(days=3)
    report, _ = check_export(export(organization, "jsonl", f"?since={timezone.now().date()}").splitlines())
    chained = Entry.objects.filter(account_id=organization.account.id, position__isnull=False)
    assert (report.problem, report.last) == ("", chained.count())
    nothing, _ = check_export(export(organization, "jsonl", f"?until={old.date()}").splitlines())
    assert (nothing.problem, nothing.entries) == ("", 0)


def test_export_has_the_newest_entries(exported: str) -> None:
    assert json.loads(exported.splitlines()[-1])["action"] == "audit-log.exported"


def test_csv_has_what_the_filter_shows_and_no_formulas(exported: str, organization: Organization) -> None:
    text = export(organization, "csv", "?group=team")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["object_name"] for row in rows] == ["'=cmd()", "Data ä", "Third"]
    assert {row["action"] for row in rows} == {"team.created"}
    assert text.count("occurred") == 1


def test_filter_is_applied_as_it_was_when_the_export_was_requested(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that are added while the file is written do not push others out of those that are searched."""
    actor = organization.owner.user.as_actor()
    for name in ("First", "Second"):
        create_team(organization.account, name=name, actor=actor)
    monkeypatch.setattr(filters, "SEARCHED", 3)  # the two teams and the request of the export
    monkeypatch.setattr(export_writing, "_TURN", -1)  # one part in each turn
    monkeypatch.setattr(export_writing, "POSITIONS_AT_ONCE", 1)
    row = request_export(organization.account, kind="csv", entry_filter=filters.EntryFilter(group="team"), actor=actor)
    while not AuditExport.objects.get(id=row.id).finished_at:
        export_writing.write_export(row.id)
        create_team(organization.account, name=f"Later {Entry.objects.count()}", actor=actor)
    row.refresh_from_db()
    text = b"".join(file_parts(row)).decode()
    assert [line["object_name"] for line in csv.DictReader(io.StringIO(text))] == ["First", "Second"]


def test_file_has_the_days_of_the_time_zone_in_which_it_was_requested(organization: Organization) -> None:
    actor = organization.owner.user.as_actor()
    with timezone.override("Pacific/Kiritimati"):  # 14 hours ahead
        tomorrow = timezone.localdate() + timedelta(days=1)
        entry_filter = filters.EntryFilter(until=tomorrow - timedelta(days=1))
        row = request_export(organization.account, kind="csv", entry_filter=entry_filter, actor=actor)
    assert row.time_zone == "Pacific/Kiritimati"
    export_writing.write_export(row.id)
    row.refresh_from_db()
    assert row.entries == Entry.objects.filter(account_id=organization.account.id).count()


def test_every_filter_survives_its_query_string() -> None:
    """`read_filter` and `query_string` know the same names."""
    full = filters.EntryFilter(
        since=date(2026, 1, 2), until=date(2026, 2, 3), group="team", actor=uuid4(), workspace=uuid4(), target="x&y",
        address="10.0.0.1", result="failure", text="ä b",
    )  # fmt: skip
    assert all(asdict(full).values())
    assert filters.read_filter(QueryDict(full.query_string())) == full
