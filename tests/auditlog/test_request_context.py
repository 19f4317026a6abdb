"""Entries name the request that caused them."""

from uuid import UUID

from django.test import Client

from auditlog.models import FAILURE, SUCCESS, Entry
from tests.cast import PASSWORD, Person


def test_entry_of_a_call_names_its_request(owner: Person) -> None:
    body = {"name": "region", "value": "eu"}
    response = owner.api.post(
        f"{owner.workspace_api}/variables/", body, REMOTE_ADDR="10.1.2.3", HTTP_USER_AGENT="agent\n1"
    )
    entry = Entry.objects.get(action="variable.created")
    assert entry.request_id == UUID(response["X-Request-Id"])
    assert (entry.address, entry.user_agent, entry.result) == ("10.1.2.3", "agent?1", SUCCESS)


def test_next_request_and_work_outside_of_requests_have_their_own(owner: Person) -> None:
    for name in ("a", "b"):
        owner.api.post(f"{owner.workspace_api}/variables/", {"name": name, "value": 1})
    first, second = Entry.objects.filter(action="variable.created").values_list("request_id", flat=True)
    assert first != second
    assert Entry.objects.get(action="workspace.created", workspace_id=owner.workspace.id).request_id is None


def test_failed_sign_in_is_recorded_without_what_was_typed(owner: Person) -> None:
    page = "/auth/sign-in"
    Client().post(page, {"login": owner.user.email, "password": "wrong secret"}, REMOTE_ADDR="10.1.2.3")
    Client().post(page, {"login": "hunter2@example.com", "password": "hunter2"})
    Client().post(page, {"login": owner.user.email, "password": PASSWORD})
    failed = list(Entry.objects.filter(action="user.login-failed").order_by("id"))
    assert [(entry.account_id, entry.result) for entry in failed] == [(owner.account.id, FAILURE), (None, FAILURE)]
    assert failed[0].address == "10.1.2.3"
    assert not [entry for entry in Entry.objects.values() if "hunter2" in str(entry) or "wrong secret" in str(entry)]
    assert Entry.objects.filter(action="user.logged-in", actor_id=owner.user.id).count() == 1
