"""Exports on a running site: written by its worker, announced by mail, and resumed after kill -9."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from auditlog.verifier import check_export
from tests.browser import sign_in
from tests.site import PASSWORD, ROOT, Site

# Requests an export as the site's owner does, and kills its own process while it saves the third part.
KILLED = """
import os, signal, sys
import django
django.setup()
from accounts.models import Account, User
from workspaces.audit_log import export_writing, services
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import ExportPart

account = Account.objects.get(handle=sys.argv[1])
export_writing.POSITIONS_AT_ONCE = 1
services.enqueue_on_commit = lambda *args: None
user = User.objects.get(email=sys.argv[2])
export = services.request_export(account, kind="jsonl", entry_filter=EntryFilter(), actor=user.as_actor())
create = ExportPart.objects.create

def kill(**values):
    create(**values)
    if values["number"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)

ExportPart.objects.create = kill
export_writing.write_export(export.id)
"""
LEASE_ENDS = """
from workspaces.audit_log.models import AuditExport
from workspaces.audit_log.tasks import resume_exports
export = AuditExport.objects.get(account__handle="{handle}")
print("LEFT", export.parts, export.finished_at)
AuditExport.objects.update(claimed_at="2026-01-01T00:00:00Z")
resume_exports()
"""
RESULT = """
import json
from workspaces.audit_log.models import AuditExport
from workspaces.audit_log.services import file_parts
export = AuditExport.objects.get(account__handle="{handle}")
print("FILE" + json.dumps(b"".join(file_parts(export)).decode() if export.ready else ""))
"""


@pytest.mark.browser
def test_person_exports_waits_and_downloads(site: Site, page: Page, tmp_path: Path) -> None:
    made = site.bootstrap("exporter")
    sign_in(page, made["email"], PASSWORD)
    page.goto(f"/account/{made['account_id']}/audit-log")
    page.get_by_role("button", name="Verifiable export").click()
    row = page.get_by_role("row").filter(has_text="audit-log-exporter")
    expect(row.get_by_text("ready")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        row.get_by_role("button", name="Download").click()
    file = tmp_path / "export.jsonl"
    download.value.save_as(file)
    report, _ = check_export(file.read_text().splitlines())
    assert (report.problem, report.last > 0) == ("", True)
    mail = _mail_to(site, made["email"], "audit log is ready")
    link = re.search(rf"{site.url}(/account/\S+/audit-log/exports)", mail)
    assert link is not None
    page.goto(link[1])
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete export").click()
    expect(page.get_by_text("No exports")).to_be_visible()


def test_export_of_a_killed_worker_is_completed(site: Site) -> None:
    made = site.bootstrap("killed")
    command = [sys.executable, "-c", KILLED, "killed", made["email"]]
    env = {**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    assert subprocess.run(command, cwd=ROOT, env=env).returncode == -9
    assert "LEFT 2 None" in site.manage("shell", "-c", LEASE_ENDS.format(handle="killed"))
    deadline = time.monotonic() + 30
    lines: list[str] = []
    while not lines and time.monotonic() < deadline:
        time.sleep(0.2)
        lines = json.loads(site.manage("shell", "-c", RESULT.format(handle="killed")).split("FILE")[1]).splitlines()
    report, _ = check_export(lines)
    assert (report.problem, report.entries) == ("", len(lines) - 1)
    assert json.loads(lines[-1])["action"] == "audit-log.exported"
    assert _mail_to(site, made["email"], "audit log is ready")


def _mail_to(site: Site, email: str, words: str) -> str:
    """Return the mail with these words in the folder of the site's mail."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in (site.data_dir / "mail").glob(f"*{email.replace('.', '_')}.eml"):
            content = path.read_text().replace("=\n", "")
            if words in content:
                return content
        time.sleep(0.1)
    raise AssertionError(f"No mail to {email} with the words {words!r}")
