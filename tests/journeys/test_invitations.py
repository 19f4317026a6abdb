"""Inviting and working together: from an organization's first page to a newcomer inside, by a real mail server."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import fill_sign_in, sign_in, watch
from tests.console import Console
from tests.postbox import Postbox, link_in, postbox, text_of
from tests.site import Site

pytestmark = pytest.mark.browser

Visit = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def box() -> Iterator[Postbox]:
    with postbox() as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, box: Postbox) -> Iterator[Site]:
    """A running site with a mail server, and closed registration: whoever comes, comes by invitation."""
    mailing = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port), "BAILIWICK_OPEN_REGISTRATION": "false"}
    made = Site(tmp_path_factory.mktemp("site"), mailing)
    try:
        made.start()
        yield made
        assert made.complaints() == []
        log = made.log.read_text(errors="replace")
        tokens = [link_in(mail).rpartition("/")[2] for _, mail in box.taken if "/invitation/" in text_of(mail)]
        assert [token for token in tokens if token in log] == []
    finally:
        made.remove()


@pytest.fixture
def visit(browser: Browser, site: Site, complaints: list[str]) -> Visit:
    """A browser of one's own, with or without scripts."""

    @contextmanager
    def made(scripts: bool = True) -> Iterator[Page]:
        context = browser.new_context(base_url=site.url, java_script_enabled=scripts)
        context.set_default_timeout(15_000)
        watch(context, site.url, complaints)
        yield context.new_page()
        context.close()

    return made


def send(page: Page, path: str) -> int:
    """Post a form by hand, as somebody does who was not shown the button."""
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    assert token
    answer = page.request.post(path, form={"csrfmiddlewaretoken": token}, max_redirects=0)
    return answer.status


def call(page: Page, key: str, method: str, path: str, body: Any = None) -> Any:
    answer = page.request.fetch(
        path, method=method, headers={"Authorization": f"Bearer {key}"}, data=body if body is not None else None
    )
    assert answer.ok, (path, answer.status, answer.text())
    return answer.json()


def create_organization(page: Page, key: str, mark: str) -> tuple[str, str]:
    """An organization by its page; a workspace in it and a run by the API: the paths of the account and workspace."""
    page.goto("/organizations/create")
    page.get_by_label("Name").fill(f"Initech {mark}")
    page.get_by_label("Handle").fill(f"initech-{mark}")
    page.get_by_role("button", name="Create organization").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Initech {mark}")
    found = re.search(r"/account/[0-9a-f-]{36}", page.url)
    assert found
    account = found[0]
    made = call(
        page, key, "POST", f"/api{account.replace('account', 'accounts')}/workspaces/", {"name": "Etl", "handle": "etl"}
    )
    return account, f"{account}/workspace/{made['id']}"


def invite(page: Page, account: str, newcomer: str, other: str) -> None:
    """Three addresses, one of them mistyped at first."""
    page.goto(f"{account}/members")
    page.get_by_role("link", name="Invite people").first.click()
    typed = page.get_by_label("Email addresses")
    typed.fill(f"{newcomer}, {other}\nzoe@nowhere")
    page.get_by_label("First workspace").select_option(label="Etl")
    page.get_by_label("Role in the workspace").select_option(label="Viewer")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_text("“zoe@nowhere” is not a valid email address.").first).to_be_visible()
    expect(page.locator(".typed .bad")).to_have_text(re.compile("zoe@nowhere"))
    expect(typed).to_have_value(f"{newcomer}, {other}\nzoe@nowhere")
    typed.fill(f"{newcomer}, {other}\nzoe-{other}")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("row", name=re.compile(newcomer))).to_contain_text("Viewer in Etl")


def test_newcomer_comes_by_mail_and_sees_what_the_role_gives(
    site: Site, box: Postbox, visit: Visit, hands: str, complaints: list[str]
) -> None:
    """With the mouse and scripts, and with the keyboard and without."""
    scripts, mark = hands == "mouse", secrets.token_hex(3)
    admin = site.bootstrap(f"ada-{mark}", "home")
    newcomer, other = f"nora-{mark}@example.com", f"olaf-{mark}@example.com"
    with visit(scripts) as page, visit(scripts) as theirs:
        sign_in(page, admin["email"])
        page.wait_for_url("**/dashboard")
        account, workspace = create_organization(page, admin["api_key"], mark)
        api = f"/api{workspace.replace('account', 'accounts').replace('workspace/', 'workspaces/')}"
        flow = call(page, admin["api_key"], "POST", f"{api}/flows/", {"name": "etl"})
        run = call(
            page, admin["api_key"], "POST", f"{api}/flow_runs/",
            {"flow_id": flow["id"], "name": "jolly-fox", "state": {"type": "RUNNING"}},
        )  # fmt: skip
        invite(page, account, newcomer, other)

        mail = box.wait_for(newcomer)
        link = link_in(mail)
        assert link.startswith(site.url)
        assert mail["Subject"] == f"{admin['email']} invites you to initech-{mark}"
        for kind in ("plain", "html"):
            for words in (f"initech-{mark}", "Member", "Viewer", "etl", newcomer):
                assert (kind, words, words in text_of(mail, kind)) == (kind, words, True)

        theirs.goto(link)
        expect(theirs.get_by_role("heading", level=1)).to_have_text(f"Join Initech {mark}")
        expect(theirs.get_by_label("Email")).to_have_value(newcomer)
        expect(theirs.get_by_label("Email")).to_be_disabled()
        theirs.get_by_label("Name").fill(f"Nora {mark}")
        if scripts:
            expect(theirs.locator("#note-handle")).to_contain_text("is free")
        theirs.get_by_label("Handle").fill(f"nora-{mark}")
        theirs.get_by_label("Password").fill("a-long-enough-one")
        theirs.get_by_role("button", name="Create account and join").click()
        theirs.wait_for_url(f"**{workspace}/dashboard")

        on_run = f"{workspace}/runs/flow-run/{run['id']}"
        theirs.goto(on_run)
        expect(theirs.get_by_role("heading", level=1)).to_have_text("jolly-fox")
        expect(theirs.get_by_role("link", name="Cancel")).to_have_count(0)
        expect(theirs.get_by_role("link", name="Delete")).to_have_count(0)
        assert (send(theirs, f"{on_run}/cancel"), send(theirs, f"{on_run}/delete")) == (403, 403)
        foreign = f"/account/{admin['account_id']}/workspace/{admin['workspace_id']}/dashboard"
        gone = theirs.goto(foreign)
        assert gone is not None and gone.status == 404
        assert send_home(theirs, f"{account}/members/invite") == 403

        raise_to(page, workspace, f"Nora {mark}", "Runner")
        theirs.goto(on_run)
        expect(theirs.get_by_role("link", name="Cancel")).to_have_count(0)
        raise_to(page, workspace, f"Nora {mark}", "Developer")
        theirs.goto(on_run)
        expect(theirs.get_by_role("link", name="Cancel")).to_be_visible()
        theirs.locator("summary", has_text="More actions").click()
        expect(theirs.get_by_role("link", name="Delete")).to_be_visible()

        used = theirs.goto(link)
        assert used is not None and used.status == 410
        expect(theirs.get_by_role("heading", level=1)).to_have_text("This invitation was used")
    complaints[:] = [words for words in complaints if not re.search(r"status of (403|404|410|422)", words)]


def send_home(page: Page, path: str) -> int:
    page.goto("/workspaces")
    return send(page, path)


def raise_to(page: Page, workspace: str, name: str, role: str) -> None:
    """As an admin does on the page of the workspace's sharing: choose, review, save."""
    page.goto(f"{workspace}/settings/sharing")
    page.get_by_role("row", name=re.compile(name)).get_by_role("combobox").select_option(label=role)
    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text(f"is now {role}.").first).to_be_visible()


@pytest.mark.usefixtures("hands")
def test_somebody_with_an_account_signs_in_accepts_and_declines(
    site: Site, box: Postbox, visit: Visit, complaints: list[str]
) -> None:
    mark = secrets.token_hex(3)
    admin, guest = site.bootstrap(f"ada-{mark}", "home"), site.bootstrap(f"gus-{mark}", "home")
    other = site.bootstrap(f"oz-{mark}", "home")
    path = f"/api/accounts/{admin['account_id']}/workspaces/{admin['workspace_id']}/invitations/"
    with visit() as page, visit() as wrong:
        call(page, admin["api_key"], "POST", path, {"email": guest["email"]})
        link = link_in(box.wait_for(guest["email"]))
        wrong.goto("/auth/sign-in")
        fill_sign_in(wrong, other["email"])
        wrong.wait_for_url("**/dashboard")
        wrong.goto(link)
        expect(wrong.get_by_text(f"This invitation is for {guest['email']}")).to_be_visible()
        expect(wrong.get_by_role("button", name="Accept")).to_have_count(0)
        wrong.get_by_role("button", name="Sign in as another user").click()
        expect(wrong.get_by_text("You have an account with this email address.")).to_be_visible()

        page.goto(link)
        page.get_by_role("link", name="Sign in").click()
        fill_sign_in(page, guest["email"])
        expect(page.get_by_role("heading", level=1)).to_contain_text("Work together in")
        page.get_by_role("button", name="Accept").dblclick()
        page.wait_for_url(f"**/account/{admin['account_id']}/workspace/{admin['workspace_id']}/dashboard")

        call(page, other["api_key"], "POST", path.replace(admin["account_id"], other["account_id"]).replace(
            admin["workspace_id"], other["workspace_id"]), {"email": guest["email"]})  # fmt: skip
        page.goto("/workspaces")
        page.locator("summary", has_text="Your menu").click()
        page.locator(".menu-panel").get_by_role("link", name="Invitations").click()
        page.get_by_role("button", name="Decline").click()
        expect(page.get_by_text("No invitations")).to_be_visible()
    complaints[:] = [words for words in complaints if not re.search(r"status of (404|410)", words)]


@pytest.mark.one_database(reason="about a broker that is away; PostgreSQL needs none")
def test_broker_that_is_away_at_the_commit_loses_no_invitation(tmp_path: Path) -> None:
    """It never hears of the mail; the sweep finds that in the database and sends it, once."""
    with postbox() as box:
        mailing = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port), "REDIS_URL": ""}
        site = Site(tmp_path / "site", {**mailing, "BAILIWICK_MAIL_SWEEP_SECONDS": "1"})
        try:
            site.start()
            site.bootstrap("ada", "home")
            with_another_broker = Console({**site.env, "REDIS_URL": NOBODY_LISTENS})
            succeeded, printed = with_another_broker.run(("shell", "-c", INVITE), {})
            with_another_broker.close()
            assert succeeded, printed
            assert "invited nora@example.com" in printed
            mail = box.wait_for("nora@example.com", seconds=120)
            assert link_in(mail).startswith(site.url)
            time.sleep(2.5)  # longer than the next sweep takes to come
            assert [to for to, _ in box.taken] == ["nora@example.com"]
        finally:
            site.remove()


NOBODY_LISTENS = "redis://127.0.0.1:1/0"
INVITE = """
from accounts.models import Account
from orgs.services.invitations import invite
from rbac.models import WorkspaceRole
account = Account.objects.get(handle="ada")
for one in invite(account, ["nora@example.com"], role="Collaborator", workspace=account.workspaces.get(),
                  workspace_role=WorkspaceRole.objects.get(account=None, name="Viewer"), invited_by=account.user,
                  actor=account.user.as_actor()):
    print("invited", one.email)
"""
