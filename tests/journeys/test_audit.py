"""An admin finds out who changed a role, exports the audit log, and verifies the export on another machine."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import sign_in
from tests.site import ROOT, Site

pytestmark = pytest.mark.browser

PROMOTE = """
from accounts.models import Account, User
from auditlog.actors import Actor, system
from orgs.services.members import add_member, change_role
account = Account.objects.get(id="{account}")
owner, member = (User.objects.get(email=email) for email in ("{owner}", "{member}"))
add_member(account, user=owner, role="Owner", actor=system("tests"))
membership = add_member(account, user=member, role="Member", actor=system("tests"))
change_role(membership, "Admin", actor=Actor("user", owner.id, "{owner}"))
"""


@pytest.mark.usefixtures("hands")
def test_who_changed_a_role_is_found_exported_and_verified(page: Page, site: Site, tmp_path: Path) -> None:
    mark = secrets.token_hex(3)
    admin = site.bootstrap(f"audited-{mark}", "etl", email=f"ada-{mark}@example.com", organization=True)
    mia, ben = (site.bootstrap(f"{name}-{mark}")["email"] for name in ("mia", "ben"))
    site.manage("shell", "-c", PROMOTE.format(account=admin["account_id"], owner=mia, member=ben))

    # Who made Ben an admin?
    sign_in(page, admin["email"])
    page.goto(f"/account/{admin['account_id']}/members")
    page.get_by_role("link", name="Audit log").first.click()
    page.get_by_label("Name, action or ID").fill(ben)
    page.get_by_role("button", name="Search").click()
    entry = page.get_by_role("row").filter(has_text="updated")
    expect(entry).to_contain_text(mia)
    entry.get_by_text("1 change", exact=True).click()
    expect(entry.get_by_role("row").filter(has_text="role")).to_contain_text("Member")
    expect(entry.get_by_role("row").filter(has_text="role")).to_contain_text("Admin")

    # Export, wait until the file is ready, download it.
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("button", name="Verifiable export").click()
    download = page.get_by_role("button", name="Download")
    expect(download).to_be_visible(timeout=30_000)
    with page.expect_download() as downloaded:
        download.click()
    export = tmp_path / "export.jsonl"
    downloaded.value.save_as(export)

    # Verify it without the server; then a forged one.
    assert verify(export) == 0
    export.write_text(export.read_text().replace('"from":"Member"', '"from":"Admin"').replace(mia, ben))
    assert verify(export) == 1


def verify(export: Path) -> int:
    command = [sys.executable, "-I", str(ROOT / "auditlog" / "verifier.py"), str(export)]
    return subprocess.run(command, capture_output=True, check=False).returncode
