"""A newcomer in a real browser: from sign-up to a key, and the command line's sign-in."""

import re
import secrets
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import fill_sign_in, sign_in
from tests.journeys.listener import listening
from tests.site import Site

pytestmark = pytest.mark.browser

KEY = re.compile(r"pnu_[A-Za-z0-9]{30,}")
FIRST_VISIT_BYTES = 110 * 1024


@pytest.fixture(scope="module")
def settled(site: Site) -> dict[str, Any]:
    """Somebody who has an account, a workspace and a key."""
    return site.bootstrap(f"nina-{secrets.token_hex(3)}", "etl")


@pytest.mark.usefixtures("hands")
def test_newcomer_signs_up_makes_a_workspace_and_sees_a_key_once(page: Page) -> None:
    mark = secrets.token_hex(3)
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name").press_sequentially(f"Ada {mark}")
    expect(page.get_by_label("Handle")).to_have_value(f"ada-{mark}")
    expect(page.locator("#note-handle")).to_have_text(f"ada-{mark} is free.")
    page.get_by_label("Email").fill(f"ada-{mark}@example.com")
    page.get_by_label("Password").fill("a-long-enough-one")
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada")
    page.get_by_label("Name").press_sequentially("Data platform")
    expect(page.locator("#note-handle")).to_have_text(f"ada-{mark}/data-platform is free.")
    page.get_by_role("button", name="Create workspace").dblclick()

    expect(page).to_have_url(re.compile(r"/welcome\?workspace=[^/]+$"))
    expect(page.locator("#login")).to_contain_text(f'--workspace "ada-{mark}/data-platform"')
    page.get_by_role("link", name="environment variables").click()
    page.get_by_role("tab", name="Environment variables").click()
    expect(page.locator("#environment")).to_be_visible()
    expect(page.locator("#docker")).to_be_hidden()

    page.locator("summary", has_text="Your menu").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create key").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new key")
    value = page.locator("input#key").input_value()
    assert KEY.fullmatch(value)
    expect(page.locator("#login")).to_contain_text(f"--workspace ada-{mark}/data-platform")

    page.reload()
    expect(page).to_have_url(re.compile("/my/api-keys$"))
    assert page.request.get("/api/me/", headers={"Authorization": f"Bearer {value}"}).ok
    expect(page.get_by_role("row")).to_have_count(2)
    assert value not in page.content()
    page.get_by_role("link", name="Revoke laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    expect(page.get_by_text("No keys yet")).to_be_visible()

    page.goto("/organizations/create")  # without a mail: this site has no mail server
    page.get_by_label("Name").fill(f"Lovelace {mark}")
    page.get_by_label("Handle").fill(f"lovelace-{mark}")
    page.get_by_role("button", name="Create organization").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Lovelace {mark}")


@pytest.mark.usefixtures("hands")
def test_command_line_gets_its_key_from_the_browser(page: Page, settled: dict[str, Any], complaints: list[str]) -> None:
    with listening() as listener:
        page.goto(f"/auth/client?callback={quote(listener.url)}")
        fill_sign_in(page, settled["email"])
        expect(page.get_by_role("heading", level=1)).to_have_text("Allow the command line on this computer?")
        page.get_by_role("button", name="Allow").dblclick()
        expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
        assert [path for path, _ in listener.received] == ["/success"]
        value = listener.received[0][1]["api_key"]
        assert KEY.fullmatch(value)
        assert value not in page.content()
    complaints[:] = [words for words in complaints if words != f"request to another host: {listener.url}/success"]


@pytest.mark.usefixtures("hands")
def test_command_line_hears_of_a_refusal(page: Page, settled: dict[str, Any], complaints: list[str]) -> None:
    with listening() as listener:
        page.goto(f"/auth/client?callback={quote(listener.url)}")
        fill_sign_in(page, settled["email"])
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_text("the command line knows")).to_be_visible()
        assert listener.received == [("/failure", {"reason": "You denied the request in the browser."})]
    complaints[:] = [words for words in complaints if words != f"request to another host: {listener.url}/failure"]


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_key_is_shown_when_the_command_line_cannot_be_reached(
    page: Page, settled: dict[str, Any], complaints: list[str]
) -> None:
    page.goto(f"/auth/client?callback={quote('http://localhost:9')}")
    fill_sign_in(page, settled["email"])
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Copy the key")).to_be_visible()
    assert KEY.fullmatch(page.locator("input#key").input_value())
    complaints.clear()


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
def test_everything_works_without_scripts(browser: Browser, site: Site, settled: dict[str, Any]) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/my/api-keys/create")
    fill_sign_in(page, settled["email"])
    page.get_by_label("Name").fill("plain")
    page.get_by_label("In 7 days").check()
    page.get_by_role("button", name="Create key").click()
    assert KEY.fullmatch(page.locator("input#key").input_value())
    page.get_by_label("Open the menu").click()
    page.locator("summary", has_text="Switch workspace").click()
    page.get_by_role("link", name="All workspaces").first.click()
    page.get_by_role("link", name="Settings of").first.click()
    expect(page.locator("#docker")).to_be_visible()
    expect(page.locator("#environment")).to_be_visible()
    page.locator("summary", has_text="More actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_label("Type").fill("something else")
    page.get_by_role("button", name="Delete workspace").click()
    expect(page.get_by_text("Nothing was deleted")).to_be_visible()
    context.close()


@pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")
@pytest.mark.parametrize(
    "path", ["/auth/sign-in", "/auth/sign-up", "/welcome", "/workspaces", "/my/profile", "/my/api-keys", "/settings"]
)
def test_first_visit_is_light_and_quiet(page: Page, site: Site, settled: dict[str, Any], path: str) -> None:
    state = None
    if not path.startswith("/auth/"):
        sign_in(page, settled["email"])
        page.wait_for_url("**/dashboard")
        state = page.context.storage_state()
    if path == "/settings":
        path = f"/account/{settled['account_id']}/workspace/{settled['workspace_id']}/settings"
    browser = page.context.browser
    assert browser is not None
    fresh = browser.new_context(base_url=site.url, storage_state=state)
    visit = fresh.new_page()
    meter = fresh.new_cdp_session(visit)
    meter.send("Network.enable")
    sizes: list[int] = []
    meter.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    visit.goto(path)
    visit.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= FIRST_VISIT_BYTES
    assert len(sizes) <= 10
    fresh.close()
