"""Every page checks the network and the age of the sign-in before it shows or changes anything of an account.

The walk opens each page of the site as the owner of an organization, once while the organization is open and once while
it is closed, and compares. It knows nothing of decorators: a new page is in it as soon as it has an address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.people import set_account_image
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import AllowedNetwork, Invitation, Membership
from orgs.services.invitation_tokens import new_token
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import update_account_settings
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account, rotate_key
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, scopes
from rbac.models import WorkspaceRole
from tests.accounts.pages.test_profile import picture
from tests.cast import Organization, Person, share
from tests.rbac.test_surface import PATTERNS
from tests.visits import queries, root, visitor
from tests.workspaces.runs import stage
from transfers.models import RefusedSource
from transfers.services.preview import Plan
from transfers.services.requests import start
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.services import request_export
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.models import Workspace
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable
from workspaces.work_pools.services.pools import create_pool, get_or_create_agent_pool
from workspaces.work_pools.services.queues import create_queue
from workspaces.work_pools.services.workers import note_heartbeat

US = system("tests")
SECRET = "zanzibar"  # stands in every name below the organization, and in nothing that a caller sends
HOUR = 3600
OUTSIDE: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.7"}
PAGES = [route for route in PATTERNS if not route.startswith("/api/")]
# Pages that show or change something of an open account: all that are not below its own address, and a few that are.
BELOW = "/account/<account_id>"
SHOWN = {
    f"{BELOW}/audit-log/exports",
    f"{BELOW}/audit-log/exports/<export_id>/download",
    f"{BELOW}/audit-log/streams",
    f"{BELOW}/workspaces",
    f"{BELOW}/workspace/<workspace_id>/deployments",
    f"{BELOW}/workspace/<workspace_id>/flows",
    f"{BELOW}/workspace/<workspace_id>/runs/views",
    f"{BELOW}/workspace/<workspace_id>/variables",
    f"{BELOW}/workspace/<workspace_id>/work-pools",
    f"{BELOW}/workspace/<workspace_id>/work-pools/work-pool/<work_pool_name>",
    f"{BELOW}/transfers",
    f"{BELOW}/transfers/<transfer_id>",
    f"{BELOW}/trash",
    "/account/<account_id>/image",
    "/invitation/<token>",
    "/my/api-keys/create",
    "/my/invitations",
    "/search",
    "/welcome",
    "/workspaces",
    "/workspaces/<workspace_id>/leave",
    "/workspaces/handle",
    "/workspaces/switcher",
}
CHANGED = {
    f"{BELOW}/audit-log/exports/create",
    f"{BELOW}/audit-log/exports/<export_id>/delete",
    f"{BELOW}/audit-log/streams/<stream_id>/pause",
    f"{BELOW}/audit-log/streams/<stream_id>/test",
    f"{BELOW}/audit-log/streams/<stream_id>/delete",
    f"{BELOW}/teams/<team_id>/edit",
    f"{BELOW}/transfers/<transfer_id>/decline",
    f"{BELOW}/transfers/refused/<source_id>/accept",
    f"{BELOW}/trash/<trashed_id>/restore",
    f"{BELOW}/workspace/<workspace_id>/deployments/deployment/<deployment_id>/delete",
    f"{BELOW}/workspace/<workspace_id>/settings/edit",
    f"{BELOW}/workspace/<workspace_id>/runs/views/view/<search_id>/delete",
    f"{BELOW}/workspace/<workspace_id>/variables/variable/<variable_id>/delete",
    f"{BELOW}/workspace/<workspace_id>/work-pools/work-pool/<work_pool_name>/queue/<queue_name>/delete",
    "/invitation/<token>/accept",
    "/invitation/<token>/decline",
    "/my/invitations/<invitation_id>/accept",
    "/my/invitations/<invitation_id>/decline",
    "/workspaces/<workspace_id>/leave",
    "/workspaces/create",
}


@dataclass
class Place:
    """An organization that has one of everything, and the addresses and forms that name it."""

    organization: Organization
    values: dict[str, str]
    form: dict[str, str]
    address: dict[str, str]

    @property
    def account(self) -> Account:
        return self.organization.account

    @property
    def walker(self) -> User:
        return self.organization.owner.user


@pytest.fixture
def place(organization: Organization) -> Place:
    account, workspace, owner = organization.account, organization.workspace, organization.owner.user
    actor = owner.as_actor()
    Workspace.objects.filter(id=workspace.id).update(name=f"{SECRET} vault", description=f"The {SECRET} vault")
    workspace.refresh_from_db()
    share(workspace, owner, "Viewer")
    organization.owner.workspace.delete()  # pages that show one workspace show the organization's
    role = create_role(account, name=f"{SECRET} role", scopes=[scopes.SEE_FLOWS], actor=actor)
    team = create_team(account, name=f"{SECRET} team", actor=actor)
    add_to_team(team, [organization.member.user], actor=actor)
    share(workspace, team, "Viewer")
    bot, old, _ = create_service_account(account, name=f"{SECRET} bot", actor=actor)
    rotate_key(bot, grace=timedelta(hours=1), actor=actor)
    share(workspace, bot, "Worker")
    flow = stage.flow(workspace, f"{SECRET} flow")
    run = stage.flow_run(flow, f"{SECRET} run", "RUNNING")
    task = stage.task_run(run, f"{SECRET} task")
    deployment = stage.full_deployment(flow, f"{SECRET} deployment", actor)
    variable = create_variable(workspace, name=SECRET, value=SECRET, tags=[], actor=actor)
    pool = create_pool(workspace, {"name": SECRET, "type": "process"}, actor=actor)
    queue = create_queue(pool, {"name": SECRET}, actor=actor)
    create_queue(get_or_create_agent_pool(workspace, actor=actor), {"name": SECRET}, actor=actor)
    note_heartbeat(pool, SECRET, interval=30, integrations=[], actor=actor)
    search = create_saved_search(workspace, name=SECRET, filters=[], actor=actor)
    set_networks(account, [Network("127.0.0.0/8", description=f"{SECRET} office")], address="127.0.0.1", actor=actor)
    set_account_image(account, picture(), actor=actor)
    export = request_export(account, kind="csv", entry_filter=EntryFilter(text=SECRET), actor=actor)
    write_export(export.id)
    stream = AuditStream.objects.create(
        account=account, address=f"https://{SECRET}.example/", secret="", next_attempt_at=timezone.now()
    )
    attic = create_workspace(account, name=f"{SECRET} attic", handle="attic", actor=actor)
    delete_workspace(attic, actor=actor)
    admin = organization.admin
    transfer = start(
        Plan(admin.workspace, account, f"{SECRET}-moved", {}, 0),
        user=admin.user,
        actor=admin.user.as_actor(),
        target_is_open=False,
    )
    RefusedSource.objects.create(account=account, source=organization.member.account)
    token, digest = new_token()
    invitation = Invitation.objects.create(
        account=account, email=owner.email, role="Member", workspace=workspace, digest=digest, invited_by=owner,
        workspace_role=WorkspaceRole.objects.get(account=None, name=builtin.VIEWER),
        sent_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    values = {
        "account_id": account.id, "workspace_id": workspace.id, "flow_id": flow.id, "flow_run_id": run.id,
        "task_run_id": task.id, "deployment_id": deployment.id,
        "schedule_id": deployment.schedules.get(active=True).id, "version_id": deployment.versions.earliest("id").id,
        "variable_id": variable.id, "search_id": search.id,
        "work_pool_name": pool.name, "work_queue_id": queue.id, "queue_name": queue.name, "worker_name": SECRET,
        "pool_type": "process",
        "invitation_id": invitation.id, "token": token, "session_id": uuid4(),
        "role_id": role.id, "trashed_id": attic.id, "trashed_account_id": uuid4(),
        "transfer_id": transfer.id, "source_id": organization.member.account.id,
        "membership_id": Membership.objects.get(account=account, user=organization.member.user).id,
        "user_id": organization.member.user.id, "team_id": team.id, "bot_id": bot.id, "key_id": old.id,
        "export_id": export.id, "stream_id": stream.id,
        "network_id": AllowedNetwork.objects.get(account=account).id, "section": "members",
        "account": account.handle, "workspace": workspace.handle, "rest": "settings",
    }  # fmt: skip
    form = {
        "owner": account.id, "name": "New", "handle": "brand-new", "email": "new@example.com", "role": "Member",
        "network": "10.0.0.0/8", "workspace": workspace.id, "user": organization.admin.user.id, "expiry": "30",
        "grace": "0", "scopes": scopes.SEE_FLOWS, "description": "",
        "value": "1", "format": "csv",
    }  # fmt: skip
    address = {"owner": account.id, "handle": "shared", "q": SECRET[:4], "workspace": workspace.id}
    return Place(organization, *({name: str(value) for name, value in one.items()} for one in (values, form, address)))


def _by_network(place: Place, client: Client) -> None:
    update_account_settings(place.account, {"enforce_ip_allowlist": True}, address="127.0.0.1", actor=US)
    client.defaults.update(OUTSIDE)


def _by_age(place: Place, client: Client) -> None:
    Account.objects.filter(id=place.account.id).update(auth_expiration_seconds=HOUR)


CLOSINGS = {"network": _by_network, "sign-in": _by_age}


def _path(place: Place, route: str) -> str:
    if "^" in route:  # links from mails, which name no account
        route = re.sub(r"\^|\$|\(\?P<\w+>.*?\)(?=[-$])", "x", route)
    values = dict(place.values)
    if route.startswith("/account/") and "<grantee_id>" in route:
        kind = route.split("/sharing/")[1].split("/")[0]
        values["grantee_id"] = values[{"people": "user_id", "teams": "team_id", "service-accounts": "bot_id"}[kind]]
    return re.sub(r"<(\w+)>", lambda match: values[match[1]], route)


def _visits(place: Place, client: Client, routes: Iterable[str]) -> tuple[set[str], set[str]]:
    """Open and send these pages; return those that showed something of the organization, and those that changed it."""
    showing, changing = set(), set()
    for route in routes:
        for method in ("get", "post"):
            _sign_in(place, client)
            before, saved = _state(place), transaction.savepoint()
            path = _path(place, route)
            data: dict[str, Any] = place.address if method == "get" else dict(place.form)
            if route.endswith("/image") and method == "post":
                data["image"] = SimpleUploadedFile("x.png", picture().read())
            answer = getattr(client, method)(path, data)
            assert answer.status_code < 500, (method, route)
            if _shows(answer, path):
                showing.add(route)
            if _state(place) != before:
                changing.add(route)
            transaction.savepoint_rollback(saved)
    return showing, changing


def _sign_in(place: Place, client: Client) -> None:
    """Sign in two hours ago."""
    if "_auth_user_id" not in client.session:
        client.force_login(place.walker)
        User.objects.filter(id=place.walker.id).update(last_login=timezone.now() - timedelta(seconds=2 * HOUR))


def _shows(answer: Any, path: str) -> bool:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    told = unquote(content.decode(errors="replace") + str(answer.headers)).replace(path, "")  # it may lead back here
    of_it = SECRET in told.lower() or "initech/shared" in told or "has a workspace with this handle" in told
    return of_it or answer.get("Content-Type", "").startswith("image/webp")


def _state(place: Place) -> object:
    """What changes when anything of the organization does: each of its verbs leaves an entry."""
    entries = Entry.objects.filter(account_id=place.account.id).exclude(action__startswith="request.access-denied")
    return entries.count(), sorted(Invitation.objects.values_list("status", flat=True)), Workspace.objects.count()


@pytest.mark.parametrize("closing", CLOSINGS)
def test_no_page_shows_or_changes_a_closed_account(place: Place, closing: str) -> None:
    client = Client()
    CLOSINGS[closing](place, client)
    assert _visits(place, client, PAGES) == (set(), set())


def test_the_walk_finds_the_pages_that_show_or_change_an_account(place: Place) -> None:
    """Otherwise the test above would pass without looking at anything."""
    showing, changing = _visits(place, Client(), SHOWN | CHANGED)
    assert (SHOWN - showing, CHANGED - changing) == (set(), set())


@pytest.mark.parametrize("closing", CLOSINGS)
def test_lists_say_why_an_account_shows_nothing(place: Place, closing: str) -> None:
    client = visitor(place.walker)
    CLOSINGS[closing](place, client)
    _sign_in(place, client)
    User.objects.filter(id=place.walker.id).update(last_login=timezone.now() - timedelta(seconds=2 * HOUR))
    words = {"network": b"from your network", "sign-in": b"Confirm your password"}[closing]
    for path in ("/workspaces", "/workspaces/switcher", "/my/invitations"):
        answer = client.get(path)
        assert (path, answer.status_code, words in answer.content) == (path, 200, True)
    assert place.account.handle.encode() not in client.get("/workspaces/create").content


def test_a_list_of_closed_accounts_costs_no_more_queries(place: Place) -> None:
    client = visitor(place.walker)
    open_ones = queries(client, "/workspaces/switcher")
    _by_network(place, client)
    assert queries(client, "/workspaces/switcher") <= open_ones
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 302
    assert len(captured) < 12


def test_home_leads_past_an_account_that_refuses_the_network(place: Place) -> None:
    client = visitor(place.walker)
    client.get(f"/account/{place.account.id}/workspace/{place.organization.workspace.id}/settings")
    here = f"/account/{place.account.id}/workspace/{place.organization.workspace.id}/"
    assert client.get("/")["Location"].startswith(here)
    _by_age(place, client)
    User.objects.filter(id=place.walker.id).update(last_login=timezone.now() - timedelta(seconds=2 * HOUR))
    assert client.get("/")["Location"] == here  # whose door asks for the password
    assert client.get(here)["Location"].startswith("/auth/reauthenticate?")
    _by_network(place, client)
    assert client.get("/")["Location"] == "/workspaces"
    mine = create_workspace(place.organization.owner.account, name="Mine", handle="mine", actor=US)
    assert client.get("/")["Location"].startswith(root(mine))


def test_the_api_lists_no_account_that_refuses_the_network(place: Place) -> None:
    api, account = place.organization.owner.api, str(place.account.id)
    update_account_settings(place.account, {"enforce_ip_allowlist": True}, address="127.0.0.1", actor=US)
    for name in ("workspaces", "accounts", "organizations", "accounts/has_permission?permission=read:account"):
        path = f"/api/me/{name}"
        assert account in api.get(path).content.decode()
        assert (account in api.get(path, **OUTSIDE).content.decode()) is False
    entry = Invitation.objects.get(account=place.account)
    answers = [
        api.call("post", f"/api/invitations/{entry.id}/{verb}?invite_code={place.values['token']}", **OUTSIDE)
        for verb in ("accept", "reject")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    entry.refresh_from_db()
    assert entry.status == Invitation.PENDING


def test_the_api_changes_no_personal_account_that_refuses_the_network(owner: Person) -> None:
    Account.objects.filter(id=owner.account.id).update(enforced_networks=["127.0.0.0/8"])
    mine = f"/api/users/{owner.user.id}"
    for method, path in (
        ("patch", mine), ("delete", mine), ("put", "/api/me/profile-image"),
        ("delete", "/api/me/profile-image"), ("post", "/api/me/profile-image/reset"),
    ):  # fmt: skip
        assert (path, owner.api.call(method, path, **OUTSIDE).status_code) == (path, 403)
    assert owner.api.get(mine, **OUTSIDE).status_code == 200
    assert owner.api.patch(mine, {"title": "Dr"}).status_code == 204


def test_a_profile_goes_through_the_door_of_the_personal_account(owner: Person) -> None:
    Account.objects.filter(id=owner.account.id).update(enforced_networks=["127.0.0.0/8"])
    client = visitor(owner.user)
    assert client.get("/my/profile").status_code == 200
    refused = [client.get("/my/profile", **OUTSIDE)]
    refused += [
        client.post(path, **OUTSIDE) for path in ("/my/profile", "/my/profile/image", "/my/profile/image/remove")
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403, 403]
