"""Runs of a deployment with a concurrency limit."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.workspaces.deployments.stage import call, create
from workspaces.concurrency.models import ConcurrencyLimit, Lease
from workspaces.runs.models import FlowRun

pytestmark = pytest.mark.django_db

CLIENT, OLD_CLIENT = "prefect/3.8.0 (API 0.8.4)", "prefect/3.4.0 (API 0.8.4)"


def limited(person: Person, limit: int = 1, **options: Any) -> dict[str, Any]:
    return create(person, concurrency_limit=limit, concurrency_options=options or None)


def new_run(person: Person, deployment: dict[str, Any]) -> str:
    status, body = call(person, "post", f"{deployment['id']}/create_flow_run", {})
    assert status == 201, body
    run_id: str = body["id"]
    return run_id


def propose(
    person: Person, run_id: str, state_type: str, *, client: str = CLIENT, force: bool = False
) -> tuple[str, str, str | None]:
    """The status of the answer, the name of the run's state then, and the reason."""
    answer = person.api.post(
        f"{person.workspace_api}/flow_runs/{run_id}/set_state",
        {"state": {"type": state_type}, "force": force},
        headers={"User-Agent": client},
    ).json()
    run = FlowRun.objects.get(id=run_id)
    return answer["status"], str(run.state_name), answer["details"].get("reason")


def in_use() -> int:
    return sum(Lease.objects.filter(expires__gt=timezone.now()).values_list("slots", flat=True))


def test_a_run_cannot_renew_the_lease_of_another(owner: Person) -> None:
    deployment = limited(owner)
    first, second = new_run(owner, deployment), new_run(owner, deployment)
    propose(owner, first, "PENDING")
    lease = Lease.objects.get()
    stolen = {"type": "PENDING", "state_details": {"deployment_concurrency_lease_id": str(lease.lease_id)}}
    owner.api.post(f"{owner.workspace_api}/flow_runs/{second}/set_state", {"state": stolen, "force": True})
    assert propose(owner, second, "RUNNING", client=OLD_CLIENT)[:2] == ("ACCEPT", "Running")
    assert Lease.objects.get().expires == lease.expires
    other = new_run(owner, deployment)
    owner.api.post(f"{owner.workspace_api}/flow_runs/{other}/set_state", {"state": stolen, "force": True})
    assert propose(owner, other, "RUNNING")[:2] == ("REJECT", "Cancelled")
    assert Lease.objects.get().expires == lease.expires


def test_a_run_waits_until_another_has_released_its_slot(owner: Person) -> None:
    deployment = limited(owner)
    first, second = new_run(owner, deployment), new_run(owner, deployment)
    assert propose(owner, first, "PENDING") == ("ACCEPT", "Pending", None)
    reason = "Deployment concurrency limit reached."
    assert propose(owner, second, "PENDING") == ("REJECT", "AwaitingConcurrencySlot", reason)
    waiting = FlowRun.objects.get(id=second)
    assert waiting.next_scheduled_start_time is not None
    assert timedelta(seconds=25) < waiting.next_scheduled_start_time - timezone.now() <= timedelta(seconds=30)
    assert propose(owner, first, "RUNNING")[:2] == ("ACCEPT", "Running")
    lease = FlowRun.objects.get(id=first).state.state_details["deployment_concurrency_lease_id"]  # type: ignore[union-attr]
    renew = f"{owner.workspace_api}/v2/concurrency_limits/leases/{lease}/renew"
    assert owner.api.post(renew, {"lease_duration": 300}).status_code == 204
    assert propose(owner, second, "PENDING")[0] == "REJECT"
    assert propose(owner, first, "COMPLETED")[0] == "ACCEPT"
    assert in_use() == 0
    assert owner.api.post(renew, {"lease_duration": 300}).status_code == 410
    assert propose(owner, second, "PENDING") == ("ACCEPT", "Pending", None)
    assert in_use() == 1


def test_a_new_run_is_cancelled_if_the_deployment_says_so(owner: Person) -> None:
    deployment = limited(owner, collision_strategy="CANCEL_NEW")
    first, second = new_run(owner, deployment), new_run(owner, deployment)
    propose(owner, first, "PENDING")
    reason = "Deployment concurrency limit reached."
    assert propose(owner, second, "PENDING") == ("REJECT", "Cancelled", reason)
    assert in_use() == 1


def test_a_limit_of_zero_takes_no_run(owner: Person) -> None:
    reason = "The deployment concurrency limit is 0. The flow will deadlock if submitted again."
    run = new_run(owner, limited(owner))
    ConcurrencyLimit.objects.update(limit=0)
    assert propose(owner, run, "PENDING") == ("ABORT", "Scheduled", reason)


def test_a_run_whose_slot_was_taken_by_another_meanwhile_is_cancelled(owner: Person) -> None:
    deployment = limited(owner)
    first, second = new_run(owner, deployment), new_run(owner, deployment)
    propose(owner, first, "PENDING")
    Lease.objects.update(expires=timezone.now())
    assert propose(owner, second, "PENDING")[0] == "ACCEPT"
    assert propose(owner, first, "RUNNING") == (
        "REJECT",
        "Cancelled",
        "Deployment concurrency limit reached after lease expiry.",
    )
    assert in_use() == 1
    # The slot of the second one is not released by the first.
    assert propose(owner, second, "RUNNING")[0] == "ACCEPT"


def test_a_run_whose_lease_has_expired_takes_a_free_slot(owner: Person) -> None:
    run = new_run(owner, limited(owner))
    propose(owner, run, "PENDING")
    Lease.objects.all().delete()
    assert propose(owner, run, "RUNNING")[0] == "ACCEPT"
    assert in_use() == 1
    propose(owner, run, "CRASHED", force=True)
    assert in_use() == 0


def test_a_client_that_renews_no_leases_keeps_its_slot(owner: Person) -> None:
    run = new_run(owner, limited(owner))
    propose(owner, run, "PENDING", client=OLD_CLIENT)
    propose(owner, run, "RUNNING", client=OLD_CLIENT)
    assert Lease.objects.get().expires > timezone.now() + timedelta(days=20)
    propose(owner, run, "COMPLETED", client=OLD_CLIENT)
    assert in_use() == 0


def test_a_deleted_run_releases_its_slot(owner: Person) -> None:
    run = new_run(owner, limited(owner))
    propose(owner, run, "PENDING")
    assert owner.api.call("delete", f"{owner.workspace_api}/flow_runs/{run}").status_code == 204
    assert in_use() == 0


def test_a_run_of_a_deleted_deployment_is_not_taken(owner: Person) -> None:
    deployment = create(owner)
    run = new_run(owner, deployment)
    FlowRun.objects.filter(id=run).update(deployment="00000000-0000-4000-8000-000000000000")
    assert propose(owner, run, "PENDING") == ("ABORT", "Scheduled", "Deployment not found.")
