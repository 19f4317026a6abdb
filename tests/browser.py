"""A real browser against the live site. What a page does wrong silently (console, policy, other hosts) fails."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.site import PASSWORD, Site

CHROMIUM = os.environ.get("BAILIWICK_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REFUSED = "Browser tests need Chromium (apt-get install chromium, or BAILIWICK_CHROMIUM=/path/to/it)."
# How many pixels a page is wider than the screen.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
REPORT_POLICY = (
    "addEventListener('securitypolicyviolation',"
    " e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI") and not os.environ.get("BAILIWICK_ALLOW_NO_BROWSER"):
            pytest.fail(REFUSED)
        pytest.skip(REFUSED)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        loop = asyncio._get_running_loop()
        yield started
        asyncio._set_running_loop(loop)  # the last test of all may have hidden it
        started.close()


@contextmanager
def no_loop_of_the_browser() -> Iterator[None]:
    """Hide the browser's event loop from a test without a browser, from its first fixture to its last.

    Playwright leaves its loop marked as running in the thread as long as the browser lives. `asyncio.run` would refuse,
    and Django would open another connection than outside of the loop, which waits for what the first one holds.
    """
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        if loop is not None and not loop.is_closed():
            asyncio._set_running_loop(loop)


@pytest.fixture
def complaints(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What the page did wrong. A test that provokes an error takes it out again: `complaints.clear()`."""
    found: list[str] = []
    yield found
    assert found == [], found


@pytest.fixture
def context(browser: Browser, site: Site, complaints: list[str]) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    made.set_default_timeout(15_000)
    watch(made, site.url, complaints)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of the live site: `page.goto("/auth/login")`. Any silent error fails the test at its end."""
    return context.new_page()


def watch(context: BrowserContext, url: str, complaints: list[str]) -> None:
    """Collect errors of every page of this context: console, exceptions, content policy, requests to other hosts."""
    here = urlsplit(url).netloc
    context.add_init_script(REPORT_POLICY)
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))

    def seen(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != here:
            complaints.append(f"request to another host: {address}")

    context.on("request", lambda request: seen(request.url))


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Open the page for signing in, and sign in."""
    page.goto("/auth/sign-in")
    fill_sign_in(page, email, password)
    page.wait_for_url(lambda address: "/auth/" not in address)


def fill_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Send the form for signing in, which the page shows."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
