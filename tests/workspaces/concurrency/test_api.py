from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from auditlog.models import Entry
from tests.cast import Person
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.events.models import Event

pytestmark = pytest.mark.django_db


def call(person: Person, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/v2/concurrency_limits/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def tags(person: Person, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    answer = person.api.call(method, f"{person.workspace_api}/concurrency_limits/{path}", body)
    return answer.status_code, answer.json() if answer.content else None


def create(person: Person, name: str = "db", limit: int = 2, **fields: Any) -> dict[str, Any]:
    status, body = call(person, "post", "", {"name": name, "limit": limit, **fields})
    assert status == 201, body
    made: dict[str, Any] = body
    return made


def acquire(person: Person, *names: str, slots: int = 1, **fields: Any) -> tuple[int, Any]:
    return call(person, "post", "increment-with-lease", {"names": names, "slots": slots, **fields})


def active(person: Person, name: str = "db") -> int:
    slots: int = call(person, "get", name)[1]["active_slots"]
    return slots


def test_a_limit_is_created_read_changed_and_deleted(owner: Person, stranger: Person) -> None:
    made = create(owner, slot_decay_per_second=0.5)
    assert {key: made[key] for key in made if key not in {"id", "created", "updated"}} == {
        "name": "db", "limit": 2, "active": True, "active_slots": 0, "denied_slots": 0,
        "slot_decay_per_second": 0.5, "avg_slot_occupancy_seconds": 2.0,
    }  # fmt: skip
    read = {key: made[key] for key in made if key not in {"denied_slots", "avg_slot_occupancy_seconds"}}
    assert call(owner, "get", "db") == call(owner, "get", made["id"]) == (200, read)
    assert call(owner, "post", "filter", {}) == (200, [read])
    assert call(owner, "post", "", {"name": "db", "limit": 1})[0] == 409
    missing = (404, {"detail": "Concurrency Limit not found"})
    for method, body in (("get", None), ("patch", {"limit": 9}), ("delete", None)):
        assert call(stranger, method, made["id"], body) == call(stranger, method, "db", body) == missing
    assert call(stranger, "post", "filter", {}) == (200, [])
    assert call(owner, "patch", "db", {"limit": 5, "active": False}) == (204, None)
    assert call(owner, "patch", "db", {"limit": None})[0] == 409
    assert [call(owner, "get", "db")[1][key] for key in ("limit", "active")] == [5, False]
    assert call(owner, "delete", made["id"]) == (204, None)
    assert call(owner, "get", "db") == missing
    actions = list(Entry.objects.filter(action__startswith="concurrency-limit").values_list("action", flat=True))
    names = list(Event.objects.filter(event__startswith="prefect.concurrency-limit").values_list("event", flat=True))
    assert sorted(actions) == [f"concurrency-limit.{what}" for what in ("created", "deleted", "updated")]
    assert sorted(names) == [f"prefect.{action}" for action in sorted(actions)]


def test_slots_are_taken_up_to_the_limit_and_released_once(owner: Person) -> None:
    create(owner)
    create(owner, "api", 5)
    first = acquire(owner, "db", "api", "unknown")
    assert first[0] == 200
    assert {limit["name"] for limit in first[1]["limits"]} == {"db", "api"}
    assert acquire(owner, "db")[0] == 200
    answer = owner.api.post(
        f"{owner.workspace_api}/v2/concurrency_limits/increment-with-lease", {"names": ["api", "db"], "slots": 1}
    )
    assert (answer.status_code, answer.json()) == (423, {"detail": "Locked"})
    assert 0 < float(answer["Retry-After"]) <= 40
    assert (active(owner), active(owner, "api")) == (2, 1)
    for _ in range(2):
        assert call(owner, "post", "decrement-with-lease", {"lease_id": first[1]["lease_id"]}) == (204, None)
        assert (active(owner), active(owner, "api")) == (1, 0)


def test_requests_that_no_limit_can_meet_are_refused(owner: Person) -> None:
    create(owner)
    assert acquire(owner, "db", slots=3) == (422, {"detail": "Slots requested is greater than the limit"})
    status, body = acquire(owner, "db", mode="rate_limit")
    assert (status, body["detail"]) == (
        422,
        "Only concurrency limits with slot decay can be used for rate limiting. "
        "The following limits do not have a decay configured: 'db'",
    )
    assert acquire(owner, "missing")[1]["limits"] == []
    call(owner, "patch", "db", {"active": False})
    assert acquire(owner, "db", slots=3)[0] == 200


def test_a_lease_is_renewed_until_it_expires(owner: Person, stranger: Person) -> None:
    create(owner)
    lease = acquire(owner, "db")[1]["lease_id"]
    gone = (410, {"detail": "Lease not found - it may have expired or been revoked"})
    renew = f"leases/{lease}/renew"
    assert call(stranger, "post", renew, {"lease_duration": 600}) == gone
    assert call(owner, "post", renew, {"lease_duration": 600}) == (204, None)
    assert Lease.objects.get().expires > timezone.now() + timedelta(seconds=500)
    Lease.objects.update(expires=timezone.now())
    assert active(owner) == 0
    assert call(owner, "post", renew, {"lease_duration": 600}) == gone
    assert call(owner, "post", f"leases/{uuid4()}/renew", {"lease_duration": 600}) == gone


def test_slots_without_a_lease_are_given_back_by_number_and_do_not_free_those_of_others(owner: Person) -> None:
    create(owner, limit=4)
    assert acquire(owner, "db", slots=2)[0] == 200
    by_number = {"names": ["db"], "slots": 2}
    assert call(owner, "post", "increment", by_number)[0] == 200
    assert call(owner, "post", "increment", by_number)[0] == 423
    assert call(owner, "post", "decrement", {**by_number, "slots": 3, "occupancy_seconds": 5})[0] == 200
    assert active(owner) == 2
    assert call(owner, "patch", "db", {"active_slots": 0}) == (204, None)
    assert active(owner) == 0


def test_slots_of_a_rate_limit_come_back_by_themselves(owner: Person) -> None:
    create(owner, limit=3, slot_decay_per_second=1.0)
    ask = {"names": ["db"], "slots": 3, "mode": "rate_limit"}
    assert call(owner, "post", "increment", ask)[0] == 200
    assert call(owner, "post", "increment", ask)[0] == 423
    assert active(owner) == 3
    ConcurrencyLimit.objects.update(used_at=timezone.now() - timedelta(seconds=2.5))
    assert active(owner) == 1
    assert call(owner, "post", "increment", {**ask, "slots": 2})[0] == 200
    assert call(owner, "post", "increment", {**ask, "slots": 1})[0] == 423
    assert Lease.objects.count() == 0


def test_the_older_api_speaks_of_tags(owner: Person, stranger: Person) -> None:
    status, made = tags(owner, "post", "", {"tag": "db", "concurrency_limit": 1})
    assert (status, made["tag"], made["active_slots"]) == (201, "db", [])
    assert tags(owner, "post", "", {"tag": "db", "concurrency_limit": 1})[0] == 200
    one, two = str(uuid4()), str(uuid4())
    taken = [{"id": made["id"], "name": "db", "limit": 1}]
    assert tags(owner, "post", "increment", {"names": ["db", "x"], "task_run_id": one}) == (200, taken)
    assert tags(owner, "post", "increment", {"names": ["db"], "task_run_id": two}) == (
        423,
        {"detail": "Concurrency limit for the db tag has been reached"},
    )
    assert tags(owner, "get", "tag/db")[1]["active_slots"] == [one]
    assert call(owner, "get", "tag:db")[1]["active_slots"] == 1
    missing = (404, {"detail": "Concurrency limit not found"})
    assert tags(stranger, "get", f"{made['id']}") == tags(stranger, "get", "tag/db") == missing
    assert tags(stranger, "post", "tag/db/reset", {}) == tags(stranger, "delete", "tag/db") == missing
    assert tags(owner, "post", "decrement", {"names": ["db"], "task_run_id": one})[1][0]["name"] == "tag:db"
    assert tags(owner, "post", "tag/db/reset", {"slot_override": [two]}) == (200, None)
    assert tags(owner, "post", "filter", {})[1][0]["active_slots"] == [two]
    tags(owner, "post", "", {"tag": "db", "concurrency_limit": 0})
    assert tags(owner, "post", "increment", {"names": ["db"], "task_run_id": one}) == (
        423,
        {"detail": 'The concurrency limit on tag "db" is 0 and will deadlock if the task tries to run again.'},
    )
    assert tags(owner, "delete", f"{made['id']}") == (200, None)
    assert Lease.objects.count() == 0


def test_a_workspace_holds_a_bounded_number_of_leases(owner: Person, stranger: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "leases": 2}
    for person in (owner, stranger):
        create(person, limit=100)
    taken = [acquire(owner, "db") for _ in range(2)]
    assert acquire(owner, "db") == (
        422,
        {"detail": "A workspace can hold at most 2 leases of concurrency slots at the same time."},
    )
    assert active(owner) == 2
    assert acquire(stranger, "db")[0] == 200
    call(owner, "post", "decrement-with-lease", {"lease_id": taken[0][1]["lease_id"]})
    assert acquire(owner, "db")[0] == 200
