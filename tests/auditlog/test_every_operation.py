"""Every operation and page that changes something leaves an audit entry of its caller and request, or does not happen.

`operations.py` and `page_operations.py` say how to perform each one. A new operation without a line there fails.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts.models import Account
from accounts.services.keys import create_key
from accounts.services.new_address import request_address_change
from accounts.services.people import set_account_image
from auditlog.models import Entry
from orgs.models import Invitation
from orgs.role_editor import last_change
from orgs.services.invitation_tokens import new_token
from orgs.services.members import add_member, set_active
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from rbac import permissions
from rbac.models import WorkspaceRole
from tests.accounts.pages.test_profile import picture
from tests.auditlog import operations, page_operations
from tests.auditlog.operations import Change
from tests.cast import Person, make_colleague
from tests.pages.test_every_door import SECRET, Place, place
from tests.rbac import surface
from tests.visits import visitor
from tests.workspaces.runs import stage as runs
from transfers.models import Transfer
from transfers.services.execution import carry_out
from transfers.services.preview import Plan, preview
from transfers.services.requests import plan_of, start
from workspaces.access.default_roles import set_default_role
from workspaces.access_list_forms import access_form
from workspaces.audit_log.stream_services import create_stream, pause_stream
from workspaces.concurrency.services.tag_limits import set_tag_limit
from workspaces.deployments.models import Deployment
from workspaces.directory.deletion import delete_organization
from workspaces.directory.services import create_workspace
from workspaces.flows.models import Flow
from workspaces.models import Workspace
from workspaces.retention.holds import set_hold
from workspaces.runs.models import FlowRunInput

__all__ = ["place"]
# Reasons for which something does change: runs, and mails that wait to be sent.
MAY_CHANGE = {
    operations.RUNS,
    operations.POLLS,
    page_operations.MAILS,
    page_operations.ASKS,
    page_operations.SIGNED_OUT,
}
AGENT = "audit-test/1"
ADDRESS = "127.0.0.9"
SENT: dict[str, Any] = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": AGENT}
API = {
    "/api/accounts/<account_id>/workspaces/<workspace_id>": (surface.WORKSPACE_API, operations.WORKSPACE),
    "/api/accounts/<account_id>": (surface.ACCOUNT_API, operations.ACCOUNT),
    "/api": (surface.OWN_API, operations.OWN),
}
PAGES = {
    "/account/<account_id>/workspace/<workspace_id>": (surface.WORKSPACE_PAGES, page_operations.WORKSPACE),
    "/account/<account_id>": (surface.ACCOUNT_PAGES, page_operations.ACCOUNT),
    "": (surface.OTHER_PAGES, page_operations.OTHER),
}


def test_every_operation_and_page_has_a_line() -> None:
    for found, listed in (*API.values(), *PAGES.values()):
        changing = {line for line in found if not line.startswith("GET ")}
        assert (changing - listed.keys(), listed.keys() - changing) == (set(), set())


@dataclass
class Performed:
    """A request that was answered, and the entries that it left."""

    status: int
    request_id: str
    entries: list[Entry]


class Stage:
    """The organization of `place` with more to change, and its owner, who changes it."""

    def __init__(self, place: Place) -> None:
        organization = place.organization
        self.owner, self.form = organization.owner, place.form
        self.values = {**place.values, **_more(place), "name": SECRET}
        self.api = Client(headers=self.owner.api.headers, raise_request_exception=False)
        self.browser = visitor(self.owner.user)
        self.browser.raise_request_exception = False
        self.cookies = deepcopy(self.browser.cookies)

    def perform(self, root: str, line: str, change: Change) -> Performed:
        method, _, route = line.rpartition(" ") if root.startswith("/api") else ("POST", "", line)
        address = self._address(root, route, change)
        before = set(Entry.objects.values_list("id", flat=True))
        answer = self._send(method or "POST", address, change.body, api=root.startswith("/api"))
        if answer.streaming:
            list(answer.streaming_content)  # a download counts as running until its end
        entries = Entry.objects.exclude(id__in=before).order_by("id")
        return Performed(answer.status_code, answer["X-Request-ID"], list(entries))

    def _address(self, root: str, route: str, change: Change) -> str:
        values = self.values | {"id": self.values.get(change.id, "")}
        values |= {name: self.values[other] for name, other in change.at.items()}
        if "/sharing/" in route and "<grantee_id>" in route:
            kind = route.split("/sharing/")[1].split("/")[0]
            values["grantee_id"] = values[_GRANTEES[kind]]
        if (root == "/api" and "api_key_id" in route) or (root == "" and "key_id" in route):
            values["api_key_id"] = values["key_id"] = values["own_key_id"]
        query = f"?{change.query.format_map(values)}" if change.query else ""
        return re.sub(r"<(\w+)>", lambda match: str(values[match[1]]), root + route) + query

    def _send(self, method: str, address: str, body: Any, *, api: bool) -> Any:
        data = _filled(body, self.values)
        if not api:
            self.browser.cookies = deepcopy(
                self.cookies
            )  # what the last request changed was undone in the database only
            return self.browser.post(address, data or {}, **SENT)
        if isinstance(data, SimpleUploadedFile):
            parts = encode_multipart(BOUNDARY, {"file": data})
            return self.api.generic(method, address, parts, MULTIPART_CONTENT, **SENT)
        send = getattr(self.api, method.lower())
        return send(address, data, "application/json", **SENT) if data is not None else send(address, **SENT)


_GRANTEES = {"people": "owner_id", "teams": "team_id", "service-accounts": "bot_id"}


def _more(place: Place) -> dict[str, Any]:
    """What the tables name besides the values of `place`."""
    organization, account = place.organization, place.account
    owner, actor = organization.owner, organization.owner.user.as_actor()
    roles = {role.name: role for role in WorkspaceRole.objects.filter(account=None)}
    set_default_role(organization.workspace, roles["Viewer"], granter_scopes=None, actor=actor)
    other = make_colleague(account, "otto", permissions.OWNER)  # so that the owner may leave
    set_account_image(owner.account, picture(), actor=actor)
    request_address_change(owner.user, "changed@example.com", actor=actor)
    other_bot, disabled_bot = (create_service_account(account, name=name, actor=actor)[0] for name in ("one", "two"))
    set_active(account.memberships.get(user=disabled_bot), False, actor=actor)
    own_key, _ = create_key(owner.user, name="second", expires_at=None, actor=actor)
    visitor(owner.user)  # another browser
    home = create_workspace(owner.account, name="Home", handle="home", actor=actor)
    FlowRunInput.objects.create(
        workspace=organization.workspace, flow_run_id=place.values["flow_run_id"], key="word", value="1"
    )
    deployment = Deployment.objects.get(id=place.values["deployment_id"])
    cancelling = runs.flow_run(Flow.objects.get(id=place.values["flow_id"]), "stopping", "CANCELLING")
    api = f"/api/accounts/{account.id}/workspaces/{organization.workspace.id}"
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    paused_stream, _ = create_stream(account, address="https://93.184.215.14/paused", actor=actor)
    pause_stream(paused_stream, actor=actor)
    lost = create_organization(founder=owner.user, name="Lost", handle="lost", actor=actor)
    delete_organization(lost, actor=actor)
    keeping = create_organization(founder=owner.user, name="Keeping", handle="keeping", actor=actor)
    add_member(keeping, user=other.user, role=permissions.OWNER, actor=actor)
    held = create_workspace(keeping, name="Held", handle="held", actor=actor)
    set_hold(held, reason="Case 7", actor=actor)
    moving, leaving = (
        create_workspace(of, name="Moving", handle=handle, actor=actor)
        for of, handle in ((owner.account, "moving"), (account, "leaving"))
    )
    completed = start(Plan(moving, account, "moved-in", {}, 0), user=owner.user, actor=actor)
    carry_out(completed.id)
    outgoing = start(Plan(leaving, organization.admin.account, "leaving", {}, 0), user=owner.user, actor=actor)
    limit, _ = set_tag_limit(organization.workspace, "database", 2, actor=actor)
    return {
        "trashed_account_id": lost.id,
        "keeping_id": keeping.id,
        "held_id": held.id,
        "completed_id": completed.id,
        "outgoing_id": outgoing.id,
        "transfer_hash": preview(plan_of(Transfer.objects.get(id=place.values["transfer_id"])))["hash"],
        "wizard_hash": preview(Plan(organization.workspace, organization.admin.account, "new", {}, 0))["hash"],
        "limit_id": limit.id,
        "id_or_name": limit.id,
        "tag": "database",
        "lease_id": limit.id,  # of no lease
        "owner_id": owner.user.id,
        "admin_id": organization.admin.user.id,
        "actor_id": organization.member.user.id,
        "other_bot_id": other_bot.id,
        "disabled_bot_id": disabled_bot.id,
        "other_team_id": create_team(account, name="other team", actor=actor).id,
        "own_key_id": own_key.id,
        "api_key_id": place.values["key_id"],
        "session_id": owner.api.get("/api/me/sessions").json()[-1]["id"],
        "personal_id": owner.account.id,
        "home_id": home.id,
        "home_invitation_id": _invite(owner, owner.account, home, roles["Viewer"]).id,
        "account_invitation_id": _invite(owner, account).id,
        "cancelling_run_id": cancelling.id,
        "open_list": access_form(deployment, organization.workspace)["seen"],
        "resource_id": f"prefect.deployment.{deployment.id}",
        "paused_stream_id": paused_stream.id,
        "last_change": last_change(WorkspaceRole.objects.get(id=place.values["role_id"])),
        "viewer_role_id": roles["Viewer"].id,
        "worker_role_id": roles["Worker"].id,
        "member_role_id": permissions.IDS[permissions.MEMBER],
        "admin_role_id": permissions.IDS[permissions.ADMIN],
        "user_access_id": owner.api.post(f"{api}/user_access/filter").json()[0]["id"],
        "bot_access_id": owner.api.post(f"{api}/bot_access/filter").json()[0]["id"],
        "key": "word",
        "countable": "event",
    }


def _invite(
    owner: Person, account: Account, workspace: Workspace | None = None, role: WorkspaceRole | None = None
) -> Invitation:
    sent = timezone.now() - timedelta(hours=1)
    return Invitation.objects.create(
        account=account, email="somebody@example.com", role=permissions.COLLABORATOR if workspace else "Member",
        workspace=workspace, workspace_role=role, digest=new_token()[1], invited_by=owner.user,
        sent_at=sent, expires_at=sent + timedelta(days=1),
    )  # fmt: skip


def _filled(body: Any, values: dict[str, Any]) -> Any:
    """The body with the values in place of their names."""
    if body == "{image}":
        return SimpleUploadedFile("x.png", picture().read())
    if isinstance(body, str):
        return body.format_map(values)
    if isinstance(body, dict):
        return {_filled(name, values): _filled(value, values) for name, value in body.items()}
    return [_filled(value, values) for value in body] if isinstance(body, list) else body


@pytest.fixture
def stage(place: Place) -> Stage:
    return Stage(place)


def _changes(tables: dict[str, Any]) -> Iterator[tuple[str, str, Change]]:
    for root, (_, listed) in tables.items():
        for line, change in listed.items():
            if isinstance(change, Change):
                yield root, line, change


@pytest.mark.parametrize("tables", [API, PAGES], ids=["api", "pages"])
def test_every_change_leaves_an_entry_of_its_caller_and_request(stage: Stage, tables: dict[str, Any]) -> None:
    wrong: list[object] = []
    for root, line, change in _changes(tables):
        with transaction.atomic():
            performed = stage.perform(root, line, change)
            transaction.set_rollback(True)
        actions = sorted({entry.action for entry in performed.entries})
        if performed.status >= 400 or actions != sorted(change.actions.split()):
            wrong.append((line, performed.status, actions))
        for entry in performed.entries:
            told = (entry.actor_id, str(entry.request_id), entry.address, entry.user_agent)
            if told != (stage.owner.user.id, performed.request_id, ADDRESS, AGENT):
                wrong.append((line, entry.action, told))
    assert wrong == []


@pytest.mark.parametrize("tables", [API, PAGES], ids=["api", "pages"])
def test_what_needs_no_entry_changes_nothing(stage: Stage, tables: dict[str, Any]) -> None:
    """Otherwise a wrong reason in the tables would hide a change."""
    before, wrong = all_rows(), []
    for root, (_, listed) in tables.items():
        for line, reason in listed.items():
            if isinstance(reason, Change) or reason in MAY_CHANGE:
                continue
            body = {} if tables is API else stage.form
            with transaction.atomic():
                status = stage.perform(root, line, Change("", body, "flow_run_id")).status
                changed = {table for table, rows in all_rows().items() if rows != before[table]}
                transaction.set_rollback(True)
            if status >= 500 or changed:
                wrong.append((line, status, changed))
    assert wrong == []


@pytest.mark.parametrize("tables", [API, PAGES], ids=["api", "pages"])
def test_no_change_happens_without_its_entry(
    stage: Stage, tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_entries(monkeypatch)
    before, wrong = all_rows(), []
    for root, line, change in _changes(tables):
        with transaction.atomic():
            status = stage.perform(root, line, change).status
            changed = {table for table, rows in all_rows().items() if rows != before[table]}
            transaction.set_rollback(True)
        if status < 500 or changed:
            wrong.append((line, status, changed))
    assert wrong == []


def refuse_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every insert of an audit entry fail from now on."""

    def fail(entry: Entry) -> None:
        raise DatabaseError("There is no room for another entry.")

    monkeypatch.setattr("auditlog.services.insert", fail)


def all_rows() -> dict[str, list[str]]:
    """All rows of the database, but for those that every request of a browser or with a key changes."""
    return {model._meta.db_table: _texts(model) for model in apps.get_models() if model not in (Session, UserSession)}


def _texts(model: type[Model]) -> list[str]:
    columns = [field.attname for field in model._meta.concrete_fields if not field.name.startswith("last_used")]
    rows = model._default_manager.order_by("pk").values_list(*columns)
    return [repr([bytes(value) if isinstance(value, memoryview) else value for value in row]) for row in rows]
