"""The OpenAPI document and the page that browses it: for everybody, from this server alone."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.contract.documents import ours
from tests.site import Site

pytestmark = pytest.mark.one_database(reason="the OpenAPI document has no SQL")


def test_document_is_open_and_says_how_to_authenticate(db: None) -> None:
    answer = Client().get("/api/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert ours()["openapi"] == "3.1.1"
    assert ours()["components"]["securitySchemes"] == {"apiKey": {"type": "http", "scheme": "bearer"}}


def test_parameters_that_mean_nothing_are_ignored(db: None) -> None:
    assert Client().get("/api/docs?format=x").status_code == 200


def test_each_operation_has_a_name_of_its_own(db: None) -> None:
    names = [operation["operationId"] for methods in ours()["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_requests_and_answers_have_shapes_and_errors_are_named(db: None) -> None:
    creation = ours()["paths"]["/api/users/{id}/api_keys"]["post"]
    assert creation["requestBody"] == {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ApiKeyCreate"}}},
        "required": True,
    }
    assert sorted(creation["responses"]) == ["201", "401", "403", "404", "409", "413", "422", "429", "503"]
    assert creation["security"] == [{"apiKey": []}]
    assert ours()["paths"]["/api/workspace_scopes"]["get"]["security"] == []
    listed: dict[str, Any] = ours()["paths"]["/api/me/workspaces"]["get"]["responses"]["200"]
    schema = listed["content"]["application/json"]["schema"]
    assert (schema["type"], schema["items"]) == ("array", {"$ref": "#/components/schemas/MyWorkspace"})


@pytest.mark.browser
def test_docs_are_browsed_and_tried_out_without_a_complaint(page: Page, site: Site) -> None:
    made = site.bootstrap("docs-reader")
    page.goto("/api/docs")
    expect(page.get_by_role("row", name="GET /api/me/ Read me")).to_be_visible()
    page.get_by_role("link", name="Open the interactive reference").click()
    expect(page.get_by_role("heading", name="Bailiwick")).to_be_visible(timeout=60_000)  # the document is large
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(made["api_key"])
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.locator("#operations-tag-Me").click()
    page.locator("#operations-Me-read_me .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(page.locator(".live-responses-table")).to_contain_text("docs-reader@example.com")
