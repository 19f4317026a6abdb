"""A role chosen in a row is saved at once, and undone by the word that says so."""

import pytest
from playwright.sync_api import Page, expect

from tests.site import Site


@pytest.mark.browser
def test_role_is_saved_at_once_and_undone(page: Page, site: Site) -> None:
    site.manage("demo")
    page.goto("/auth/sign-in")
    page.get_by_label("Email").fill("maya@northwind.example")
    page.get_by_label("Password", exact=True).fill("bailiwick-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/@northwind/analytics/settings/sharing")
    role = page.get_by_label("Role of Ravi Sandhu")
    expect(role.locator("option:checked")).to_have_text("Developer")
    role.focus()
    role.select_option(label="Runner")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Ravi Sandhu is Runner now.")
    expect(role).to_be_focused()
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Ravi Sandhu is Developer now.")
    expect(page.get_by_label("Role of Ravi Sandhu").locator("option:checked")).to_have_text("Developer")
