"""The Django admin works under the site's content policy: nothing blocked, nothing fetched elsewhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.site import PASSWORD, Site

pytestmark = pytest.mark.one_database(reason="how pages look in a browser: their SQL has tests without one")


@pytest.mark.browser
def test_operator_walks_through_the_admin_without_a_complaint(page: Page, site: Site) -> None:
    site.bootstrap("watched")
    operator = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    site.manage("createsuperuser", "--noinput", "--email", "walker@example.com", env=operator)
    page.goto("/admin/")
    page.get_by_label("Email").fill("walker@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Users", exact=True).first.click()
    page.get_by_role("link", name="watched@example.com").click()
    expect(page.get_by_role("heading", name="watched@example.com")).to_be_visible()
    page.goto("/admin/accounts/apikey/")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="Today").click()
    page.get_by_role("link", name="Now").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto("/admin/auditlog/entry/")
    expect(page.get_by_role("cell", name="api-key.updated").first).to_be_visible()
