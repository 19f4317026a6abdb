"""The operations of saved searches, as the reference server answers them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.cast import Organization, Person, share
from tests.workspaces.saved_searches.test_services import FILTER, make
from workspaces.saved_searches.models import SavedSearch

NOT_FOUND = (404, {"detail": "Saved search not found"})


def call(person: Person, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/saved_searches/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def test_search_is_saved_read_replaced_and_deleted(owner: Person, stranger: Person) -> None:
    make(stranger.workspace)
    status, made = call(owner, "put", "", {"name": "failed", "filters": [FILTER]})
    assert (status, list(made)) == (201, ["id", "created", "updated", "name", "filters"])
    assert (made["name"], made["filters"]) == ("failed", [FILTER])
    assert call(owner, "get", made["id"]) == (200, made)
    status, again = call(owner, "put", "", {"name": "failed"})
    assert (status, again["id"], again["filters"]) == (200, made["id"], [])
    assert call(owner, "delete", made["id"]) == (204, None)
    assert call(owner, "get", made["id"]) == NOT_FOUND
    assert SavedSearch.objects.get().workspace == stranger.workspace


def test_values_have_numbers_of_any_size(owner: Person) -> None:
    filters = [{**FILTER, "value": {"large": 10**30, "edge": 2**64, "small": 7}}]
    status, made = call(owner, "put", "", {"name": "large", "filters": filters})
    assert (status, made["filters"]) == (201, filters)
    assert call(owner, "get", made["id"]) == (200, made)


def test_list_is_ordered_by_name_and_paged(owner: Person, stranger: Person) -> None:
    make(stranger.workspace, "a")
    for name in ("c", "a", "b"):
        make(owner.workspace, name)

    def names(**body: int) -> list[str]:
        status, found = call(owner, "post", "filter", body)
        assert status == 200, found
        return [each["name"] for each in found]

    assert names() == ["a", "b", "c"]
    assert names(limit=1, offset=1) == ["b"]
    assert call(owner, "post", "filter", {"limit": 201})[0] == 422


@pytest.mark.parametrize("method", ["get", "delete"])
def test_search_of_a_stranger_is_the_missing_one(owner: Person, stranger: Person, method: str) -> None:
    theirs = make(stranger.workspace)
    for id in (theirs.id, uuid4()):
        assert call(owner, method, str(id)) == NOT_FOUND


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x" * 1025},
        {"name": "x", "filters": [{"object": "flow_run"}]},
        {"name": "x", "filters": [FILTER] * 101},
        {"name": "x", "more": 1},
    ],
)
def test_invalid_body_is_refused(owner: Person, body: Any) -> None:
    assert call(owner, "put", "", body)[0] == 422
    assert not SavedSearch.objects.exists()


def test_viewer_reads_and_does_not_save(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    search = make(organization.workspace)
    at = f"/api/accounts/{organization.account.id}/workspaces/{organization.workspace.id}/saved_searches"
    api = organization.member.api
    assert api.call("get", f"{at}/{search.id}").status_code == 200
    assert api.call("put", f"{at}/", {"name": "x"}).status_code == 403
    assert api.call("delete", f"{at}/{search.id}").status_code == 403
