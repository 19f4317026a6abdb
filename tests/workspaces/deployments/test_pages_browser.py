"""Somebody runs a deployment by its form, and switches off a schedule, in a browser."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.browser import sign_in
from tests.site import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.one_database(reason="how pages behave in a browser: their SQL has tests without one"),
]
SCHEMA = {
    "type": "object",
    "required": ["region"],
    "properties": {
        "region": {"type": "string"},
        "count": {"type": "integer", "maximum": 5, "default": 1},
        "servers": {"type": "array", "items": {"type": "object", "properties": {"host": {"type": "string"}}}},
    },
}


def test_deployment_is_run_by_its_form_and_a_schedule_switched_off(
    page: Page, site: Site, complaints: list[str]
) -> None:
    made = site.bootstrap(f"dora-{secrets.token_hex(3)}", "etl")
    headers, api = {"Authorization": f"Bearer {made['api_key']}"}, made["api_url"]
    flow = page.request.post(f"{api}/flows/", headers=headers, data={"name": "load"}).json()
    body = {
        "name": "hourly",
        "flow_id": flow["id"],
        "parameter_openapi_schema": SCHEMA,
        "schedules": [{"schedule": {"cron": "0 6 * * *"}, "slug": "morning"}],
    }
    assert page.request.post(f"{api}/deployments/", headers=headers, data=body).ok
    sign_in(page, made["email"])
    page.wait_for_url("**/dashboard")
    page.get_by_role("link", name="Deployments").click()
    page.get_by_role("link", name="hourly", exact=True).click()
    page.get_by_role("button", name="Quick run").click()
    expect(page.get_by_role("alert")).to_contain_text("region")  # it is required and has no default
    complaints.clear()  # of the form that was refused
    page.get_by_label("region", exact=True).fill("eu")
    page.get_by_role("button", name="Show as JSON").click()
    expect(page.get_by_label("Parameters (JSON)")).to_have_value(re.compile(r'"region": "eu"'))
    page.get_by_role("button", name="Show as fields").click()
    for number, host in enumerate(("one", "two", "three")):
        page.get_by_role("button", name="Add a row to servers").click()
        page.get_by_role("textbox", name="host").nth(number).fill(host)
    page.get_by_role("button", name="Remove servers 2").click()
    expect(page.get_by_label("region", exact=True)).to_have_value("eu")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/flow-run/**")
    run = page.request.get(f"{api}/flow_runs/{page.url.rsplit('/', 1)[1]}", headers=headers).json()
    assert run["parameters"] == {"region": "eu", "count": 1, "servers": [{"host": "one"}, {"host": "three"}]}
    page.get_by_role("link", name="hourly", exact=True).first.click()
    page.get_by_role("link", name="Schedules").click()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("button", name="Pause deployment").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
