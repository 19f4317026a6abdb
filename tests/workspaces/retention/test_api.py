"""Retention over the API and on its pages: the same numbers, and nothing for strangers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orgs.services.plans import set_account_plan
from tests.cast import Organization, Person
from tests.visits import text, visitor
from tests.workspaces.directory.test_services import BY
from tests.workspaces.retention.test_services import add_event, add_log, days_ago
from tests.workspaces.runs import stage
from workspaces.events.models import Event
from workspaces.retention import pruning
from workspaces.retention.models import PruningProgress, WorkspaceRetention

pytestmark = pytest.mark.django_db


def test_days_previews_and_history_of_a_workspace(owner: Person, stranger: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(pruning, "_REST", 0.0)
    for days in (1, 9, 9, 12):
        add_event(owner.workspace, days)
    add_log(owner.workspace, 9)
    run = stage.flow_run(stage.flow(owner.workspace), ago=timedelta(days=9))
    stage.task_run(run)
    retention = f"{owner.workspace_api}/retention"
    assert [stranger.api.get(retention).status_code, stranger.api.patch(retention, {"runs": 1}).status_code] == [
        404
    ] * 2
    assert stranger.api.post(f"{retention}/preview", {"runs": 1}).status_code == 404
    for bad in ({"runs": 0}, {"runs": "x"}, {"logs": 10**9}):
        assert owner.api.patch(retention, bad).status_code == 422
    preview = owner.api.post(f"{retention}/preview", {"events": 5, "runs": 5, "logs": 5}).json()
    assert preview["totals"] == {"runs": 1, "task_runs": 1, "events": 3, "logs": 1, "artifacts": 0}
    nine_days_ago = days_ago(9).date().isoformat()
    assert {"kind": "events", "day": nine_days_ago, "rows": 2} in preview["days"]
    assert not WorkspaceRetention.objects.exists()
    page = f"/account/{owner.account.id}/workspace/{owner.workspace.id}/settings/retention"
    client = visitor(owner.user)
    assert visitor(stranger.user).get(page).status_code == 404
    assert client.post(page, {"events": "0"}).status_code == 422
    shown = client.post(page, {"events": "5"})
    assert (shown.status_code, "Events 3" in text(shown), "Flow runs" in text(shown)) == (200, True, True)
    assert not WorkspaceRetention.objects.exists()
    assert client.post(page, {"events": "5", "confirmed": "1"}).status_code == 302
    assert owner.api.get(retention).json()["effective"]["events"] == 5
    pruning.prune_workspaces()
    assert Event.objects.filter(workspace=owner.workspace, occurred__lt=days_ago(5)).count() == 0
    answer = owner.api.get(f"/api/accounts/{owner.account.id}/retention").json()
    assert [(row["kind"], row["rows"]) for row in answer["history"]] == [("events", 3)]
    forecast = {row["kind"]: row for row in answer["forecast"]}
    assert (forecast["runs"]["rows"], forecast["logs"]["rows"]) == (1, 1)
    assert "Removed" in text(client.get(f"/account/{owner.account.id}/retention"))


def test_days_of_an_account_and_holds_are_for_its_admins(organization: Organization, stranger: Person) -> None:
    account, workspace, admin = organization.account, organization.workspace, organization.admin
    path, page = f"/api/accounts/{account.id}/retention", f"/account/{account.id}/retention"
    hold = f"/api/accounts/{account.id}/legal_holds/{workspace.id}"
    add_event(workspace, 20)
    PruningProgress.objects.create(workspace=workspace, next_at=timezone.now(), rows={"events": 1})
    for person, status in ((organization.member, 403), (stranger, 404)):
        assert person.api.patch(path, {"runs": 5}).status_code == status
        assert person.api.put(hold, {"reason": "x"}).status_code == status
        assert visitor(person.user).get(page).status_code == status
    elsewhere = f"/api/accounts/{stranger.account.id}/legal_holds/{workspace.id}"
    assert stranger.api.put(elsewhere, {"reason": "x"}).status_code == 404
    set_account_plan(account, {"event_retention_days": 30}, actor=BY)
    assert admin.api.patch(path, {"events": 31}).status_code == 422
    assert admin.api.post(f"{path}/preview", {"events": 10}).json()["totals"]["events"] == 1
    client = visitor(admin.user)
    assert "Shared" in text(client.post(page, {"events": "10"}))
    # Exactly the days of the preview are confirmed.
    assert '<input type="hidden" name="events" value="10"' in client.post(page, {"events": "10"}).content.decode()
    assert admin.api.put(hold, {"reason": "Case 7"}).json()["reason"] == "Case 7"
    assert admin.api.put(hold, {"reason": "Case 8"}).status_code == 409
    assert admin.api.post(f"{path}/preview", {"events": 10}).json()["totals"] == {}
    api = f"/api/accounts/{account.id}/workspaces/{workspace.id}"
    assert admin.api.get(f"{api}/retention").json()["legal_hold"]["set_by"] == admin.user.name
    assert admin.api.delete(api).status_code == 409
    delete = f"/account/{account.id}/workspace/{workspace.id}/settings/delete"
    assert "legal hold" in text(client.post(delete, {"typed": workspace.full_handle}))
    assert client.post(f"{page}/holds/{workspace.id}/end").status_code == 302
    assert client.post(f"{page}/holds/{workspace.id}/end").status_code == 404
    assert client.post(f"{page}/holds/{workspace.id}", {"reason": ""}).status_code == 422
    assert admin.api.patch(path, {"events": 10}).status_code == 204
    assert admin.api.get(path).json()["effective"]["events"] == 10
