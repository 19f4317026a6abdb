"""The pages of saved views, and their menu on the list of runs."""

from typing import Any

from tests.cast import Organization, Person, share
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from tests.workspaces.saved_searches.test_services import make


def test_filters_are_saved_under_a_name_and_opened_again(owner: Person, stranger: Person) -> None:
    make(stranger.workspace, "secret")
    client, runs = visitor(owner.user), f"{root(owner.workspace)}/runs"
    stage.flow_run(stage.flow(owner.workspace), "boom", "FAILED", tags=["prod"])
    query = "?state=failed&tag=prod&sort=start"
    page = client.get(runs + query)
    assert f'href="{runs}/views/save?state=failed&amp;tag=prod&amp;sort=start"' in page.content.decode()
    assert "state: failed" in text(client.get(f"{runs}/views/save{query}&after=1"))
    saved = client.post(f"{runs}/views/save{query}&after=1", {"name": "Prod failures"})
    assert (saved.status_code, saved["Location"]) == (302, runs + query)
    page = client.get(runs + query)
    assert [(link.name, link.href, link.current) for link in page.context["views"]["links"]] == [
        ("Prod failures", query, True)
    ]
    assert page.context["views"]["current"] == "Prod failures"
    assert client.get(runs).context["views"]["current"] == ""
    listed = client.get(f"{runs}/views")
    assert [(row.search.name, row.open) for row in listed.context["rows"]] == [("Prod failures", runs + query)]
    assert "secret" not in text(listed)


def test_taken_name_is_an_error_at_the_field_and_nothing_is_lost(owner: Person) -> None:
    make(owner.workspace, "mine")
    path = f"{root(owner.workspace)}/runs/views/save?q=x"
    for name, error in (("mine", "already exists"), ("", "required"), ("a" * 81, "80 characters")):
        answer = visitor(owner.user).post(path, {"name": name})
        assert (answer.status_code, error in text(answer)) == (422, True)
        assert f'value="{name}"'.encode() in answer.content or not name
    assert owner.workspace.saved_searches.count() == 1


def test_view_is_renamed_and_deleted(owner: Person, stranger: Person) -> None:
    search, theirs = make(owner.workspace), make(stranger.workspace)
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs/views/view"
    assert b'value="failed"' in client.get(f"{at}/{search.id}").content
    assert client.post(f"{at}/{search.id}", {"name": "bad"}).status_code == 302
    search.refresh_from_db()
    assert search.name == "bad"
    assert client.get(f"{at}/{search.id}/delete").status_code == 200
    assert client.post(f"{at}/{search.id}/delete").status_code == 302
    assert not owner.workspace.saved_searches.exists()
    for path in (f"{at}/{theirs.id}", f"{at}/{theirs.id}/delete"):
        assert client.post(path, {"name": "x"}).status_code == 404
    assert stranger.workspace.saved_searches.count() == 1


def test_filters_in_other_terms_are_left_out(owner: Person) -> None:
    def ours(name: str, value: Any, **more: str) -> dict[str, Any]:
        return {"object": "flow_run", "property": name, "type": "x", "operation": "any", "value": value, **more}

    filters = [
        ours("state", ["failed"]), ours("after", ["x"]), ours("q", [1]), ours("tag", "x"), ours("tab", None),
        ours("flow", ["y"], object="deployment"), ours("sort", ["start"], operation="equals"),
    ]  # fmt: skip
    make(owner.workspace, "<script>alert(1)</script>", filters)
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/views")
    assert page.context["rows"][0].open.endswith("/runs?state=failed")
    assert b"<script>alert" not in page.content
    assert b"<script>alert" not in visitor(owner.user).get(f"{root(owner.workspace)}/runs").content


def test_viewer_opens_views_and_changes_none(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    search = make(organization.workspace)
    client, at = visitor(organization.member.user), f"{root(organization.workspace)}/runs"
    page = client.get(f"{at}/views")
    assert ("failed" in text(page), "Rename" in text(page)) == (True, False)
    assert "Save view" not in text(client.get(f"{at}?state=failed"))
    for path in ("save", f"view/{search.id}", f"view/{search.id}/delete"):
        assert client.post(f"{at}/views/{path}", {"name": "x"}).status_code == 403
    assert organization.workspace.saved_searches.get() == search
