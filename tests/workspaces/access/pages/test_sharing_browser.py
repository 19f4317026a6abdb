"""Roles chosen by keyboard on the sharing page are staged, reviewed and saved once."""

import pytest
from playwright.sync_api import Page, expect

from tests.site import Site

pytestmark = pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")


@pytest.mark.browser
def test_arrow_keys_save_nothing_until_the_review_is_confirmed(page: Page, site: Site) -> None:
    site.manage("demo")
    page.goto("/auth/sign-in")
    page.get_by_label("Email").fill("maya@northwind.example")
    page.get_by_label("Password", exact=True).fill("bailiwick-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/@northwind/analytics/settings/sharing")
    posts = list[str]()
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    role, review = page.get_by_label("Role of Ravi Sandhu"), page.get_by_role("button", name="Review changes")
    expect(role.locator("option:checked")).to_have_text("Developer")
    expect(review).to_be_hidden()
    role.focus()
    role.press("ArrowUp")
    expect(role.locator("option:checked")).to_have_text("Owner")
    expect(page.get_by_text("1 unsaved change")).to_be_visible()
    role.press("ArrowDown")
    expect(review).to_be_hidden()
    role.press("ArrowDown")
    expect(role.locator("option:checked")).to_have_text("Runner")
    assert posts == []
    review.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review changes")
    page.go_back()
    expect(role.locator("option:checked")).to_have_text("Runner")
    review.click()
    page.get_by_role("button", name="Save changes").press("Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Ravi Sandhu is now Runner.")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Ravi Sandhu is now Developer.")
    expect(role.locator("option:checked")).to_have_text("Developer")
