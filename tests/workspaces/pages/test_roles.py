"""What each role finds on the pages of a workspace: entries and actions it can never use are left out."""

import pytest
from django.test import Client

from auditlog.actors import system
from orgs.services.roles import create_role
from rbac import builtin, scopes
from tests.cast import Organization, share
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.access.default_roles import default_role
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun
from workspaces.variables.services import create_variable
from workspaces.work_pools.services.pools import create_pool

SYSTEM = system("tests")
ROLE = {name: str(id) for name, id in builtin.IDS.items()}
TABS = ("overview", "logs", "task-runs", "child-runs", "timeline", "parameters", "history")
DEPLOYMENT_TABS = ("runs", "upcoming", "details", "schedules", "versions", "access")

# Page, and the scope that opens it.
PAGES = [
    ("/dashboard", scopes.SEE_FLOWS),
    ("/runs", scopes.SEE_FLOWS),
    ("/runs?tab=task-runs", scopes.SEE_FLOWS),
    ("/flows", scopes.SEE_FLOWS),
    ("/flows/flow/{flow}", scopes.SEE_FLOWS),
    *((f"/runs/flow-run/{{run}}?tab={tab}", scopes.SEE_FLOWS) for tab in TABS),
    ("/runs/flow-run/{run}/cancel", scopes.RUN_FLOWS),
    ("/runs/flow-run/{run}/delete", scopes.MANAGE_FLOWS),
    ("/flows/flow/{flow}/delete", scopes.MANAGE_FLOWS),
    ("/runs/selected/cancel?run={run}", scopes.RUN_FLOWS),
    ("/runs/selected/delete?run={run}", scopes.MANAGE_FLOWS),
    ("/runs/views", scopes.SEE_FLOWS),
    ("/runs/views/save?state=failed", scopes.MANAGE_SAVED_SEARCH),
    ("/deployments", scopes.SEE_DEPLOYMENTS),
    *((f"/deployments/deployment/{{deployment}}?tab={tab}", scopes.SEE_DEPLOYMENTS) for tab in DEPLOYMENT_TABS),
    ("/deployments/deployment/{deployment}/run", scopes.RUN_DEPLOYMENTS),
    ("/deployments/deployment/{deployment}/edit", scopes.WRITE_DEPLOYMENTS),
    ("/deployments/deployment/{deployment}/copy", scopes.WRITE_DEPLOYMENTS),
    ("/deployments/selected/pause?deployment={deployment}", scopes.WRITE_DEPLOYMENTS),
    ("/deployments/selected/delete?deployment={deployment}", scopes.MANAGE_DEPLOYMENTS),
    ("/deployments/deployment/{deployment}/schedules/add", scopes.WRITE_DEPLOYMENTS),
    ("/deployments/deployment/{deployment}/delete", scopes.MANAGE_DEPLOYMENTS),
    ("/variables", scopes.SEE_VARIABLES),
    ("/variables/create", scopes.WRITE_VARIABLES),
    ("/work-pools", scopes.SEE_WORK_POOLS),
    ("/work-pools/create", scopes.WRITE_WORK_POOLS),
    ("/work-pools/create/process", scopes.WRITE_WORK_POOLS),
    ("/work-pools/work-pool/pool", scopes.SEE_WORK_POOLS),
    ("/work-pools/work-pool/pool?tab=access", scopes.SEE_WORK_POOLS),
    ("/work-pools/work-pool/pool/edit", scopes.WRITE_WORK_POOLS),
    ("/work-pools/work-pool/pool/delete", scopes.MANAGE_WORK_POOLS),
    ("/work-pools/work-pool/pool/queue/default", scopes.SEE_WORK_QUEUES),
    ("/work-pools/work-pool/pool/queues/create", scopes.WRITE_WORK_QUEUES),
    ("/settings", scopes.SEE_WORKSPACE_SETTINGS),
    ("/settings/edit", scopes.WRITE_WORKSPACE_SETTINGS),
    ("/settings/delete", scopes.MANAGE_WORKSPACE_SETTINGS),
    ("/settings/sharing", scopes.SEE_WORKSPACE_USERS),
    ("/settings/sharing/why", scopes.SEE_WORKSPACE_USERS),
]
ROLES = ["Owner", "Developer", "Runner", "Viewer", "Worker", "One"]
ENTRIES = {
    "Owner": ["Dashboard", "Runs", "Flows", "Deployments", "Work pools", "Variables", "Sharing", "Settings"],
    "Developer": ["Dashboard", "Runs", "Flows", "Deployments", "Work pools", "Variables", "Sharing", "Settings"],
    "Runner": ["Dashboard", "Runs", "Flows", "Deployments", "Work pools", "Variables"],
    "Viewer": ["Dashboard", "Runs", "Flows", "Deployments", "Work pools", "Variables"],
    "Worker": ["Dashboard", "Runs", "Flows", "Deployments", "Work pools", "Variables"],
    "One": [],
}


@pytest.fixture
def run(organization: Organization) -> FlowRun:
    create_variable(organization.workspace, name="region", value="eu", tags=["aws"], actor=SYSTEM)
    create_pool(organization.workspace, {"name": "pool", "type": "process"}, actor=SYSTEM)
    flow = stage.flow(organization.workspace)
    return stage.flow_run(flow, state="RUNNING", deployment=stage.full_deployment(flow, "hourly", SYSTEM))


def filled(page: str, run: FlowRun) -> str:
    return page.format(run=run.id, flow=run.flow_id, deployment=run.deployment_id)


def enter_as(organization: Organization, role: str, *names: str) -> tuple[Client, frozenset[str]]:
    """The member with this role, or with one of the organization's own of this name; and what it holds."""
    if role not in builtin.SCOPES:
        made = create_role(organization.account, name=role, scopes=names or [scopes.SEE_AUTOMATIONS], actor=SYSTEM)
        held = made.all_scopes
    else:
        held = builtin.SCOPES[role]
    share(organization.workspace, organization.member.user, role)
    return visitor(organization.member.user), held


@pytest.mark.parametrize("role", ROLES)
def test_page_opens_for_who_holds_its_scope_and_names_it_to_others(
    organization: Organization, run: FlowRun, role: str
) -> None:
    client, held = enter_as(organization, role)
    for page, scope in PAGES:
        answer = client.get(root(organization.workspace) + filled(page, run))
        assert (page, answer.status_code) == (page, 200 if scope in held else 403)
        if scope not in held:
            assert scope in text(answer)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_leads_a_role_to_what_it_may_not_open(organization: Organization, run: FlowRun, role: str) -> None:
    """Every link to this workspace on every page that opens is followed."""
    client, held = enter_as(organization, role)
    here = root(organization.workspace)
    pages = [here + filled(page, run) for page, scope in PAGES if scope in held]
    seen: set[str] = set()
    for page in [*pages, "/workspaces", "/workspaces/switcher?section=settings", "/welcome", f"{here}/"]:
        body = client.get(page, follow=True).content.decode()
        found = {part.split('"')[0].split("#")[0] for part in body.split('href="')[1:]}
        found |= {part.split('"')[0] for part in body.split('action="')[1:]}
        for link in {link for link in found if link.startswith(here)} - seen:
            assert (page, link, client.get(link.replace("&amp;", "&"), follow=True).status_code) in {
                (page, link, 200),
                (page, link, 405),
            }
        seen |= found


@pytest.mark.parametrize("role", ROLES)
def test_navigation_has_what_the_role_may_see(organization: Organization, run: FlowRun, role: str) -> None:
    client, _ = enter_as(organization, role)
    page = client.get(f"{root(organization.workspace)}/", follow=True).content.decode()
    links = page.split('class="side-links"', 1)[-1].split('class="side-foot"')[0] if "side-links" in page else ""
    shown = [label for label in ENTRIES["Owner"] if f"{label}</a>" in links]
    assert shown == ENTRIES[role]


@pytest.mark.parametrize(
    ("role", "leads"),
    [("Viewer", "/dashboard"), ("Settings only", "/settings"), ("People only", "/settings/sharing"), ("One", "/")],
)
def test_home_leads_to_a_page_that_opens(organization: Organization, role: str, leads: str) -> None:
    own = {"Settings only": scopes.SEE_WORKSPACE_SETTINGS, "People only": scopes.SEE_WORKSPACE_USERS}
    client, _ = enter_as(organization, role, *([own[role]] if role in own else []))
    organization.member.workspace.delete()
    assert client.get("/")["Location"] == root(organization.workspace) + leads
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    assert ("Your role opens no pages" in text(answer)) is (role == "One")
    typed = client.get("/@initech/shared", follow=True)
    assert (typed.status_code, typed.request["PATH_INFO"]) == (200, answer.request["PATH_INFO"])


def test_numbers_of_runs_are_shown_to_who_may_see_runs(organization: Organization, run: FlowRun) -> None:
    client, _ = enter_as(organization, "One")
    assert "1 run in 24 hours" not in text(client.get("/workspaces"))
    share(organization.workspace, organization.member.user, "Viewer")
    assert "1 run in 24 hours" in text(client.get("/workspaces"))


def test_viewer_of_an_empty_workspace_is_not_told_to_run_something(organization: Organization) -> None:
    client, _ = enter_as(organization, "Viewer")
    page = client.get(f"{root(organization.workspace)}/dashboard").content.decode()
    assert ("Your role can watch runs" in page, "prefect cloud login" in page) == (True, False)


def test_default_role_is_chosen_where_the_settings_are_edited(organization: Organization) -> None:
    client, workspace = visitor(organization.owner.user), organization.workspace
    place = f"{root(workspace)}/settings/edit"
    known = {"name": "Shared", "handle": "shared", "description": ""}
    client.post(place, {**known, "default_role": ROLE["Viewer"]})
    assert getattr(default_role(workspace), "name", None) == "Viewer"
    assert "Viewer" in text(client.get(f"{root(workspace)}/settings")).split("Default role")[1]
    assert client.post(place, {**known, "default_role": "nonsense"}).status_code == 422
    client.post(place, {**known, "default_role": ""})
    assert default_role(workspace) is None


def test_default_role_beyond_ones_own_scopes_is_neither_offered_nor_given(organization: Organization) -> None:
    workspace = organization.workspace
    client, _ = enter_as(organization, "Editor", scopes.WRITE_WORKSPACE_SETTINGS)
    place, known = f"{root(workspace)}/settings/edit", {"name": "Shared", "handle": "shared", "description": "new"}
    assert ROLE["Viewer"] not in client.get(place).content.decode()
    assert client.post(place, {**known, "default_role": ROLE["Viewer"]}).status_code == 422
    assert client.post(place, {**known, "default_role": ""}).status_code == 302
    assert default_role(workspace) is None


def test_personal_workspace_offers_no_default_role(organization: Organization) -> None:
    person = organization.member
    assert b"default_role" not in visitor(person.user).get(f"{root(person.workspace)}/settings/edit").content
    assert b"default_role" not in visitor(person.user).get("/workspaces/create").content


def test_new_workspace_is_open_to_nobody_else_unless_somebody_says_so(organization: Organization) -> None:
    client = visitor(organization.owner.user)
    sent = {"owner": str(organization.account.id), "name": "New", "handle": "closed", "default_role": ""}
    client.post("/workspaces/create", sent)
    client.post("/workspaces/create", {**sent, "handle": "open", "default_role": ROLE["Viewer"]})
    found = Workspace.objects.filter(account=organization.account, handle__in=("open", "closed"))
    roles = {one.handle: default_role(one) for one in found}
    assert (roles["closed"], getattr(roles["open"], "name", None)) == (None, "Viewer")
    personal = {**sent, "owner": str(organization.owner.account.id), "handle": "mine", "default_role": ROLE["Viewer"]}
    answer = client.post("/workspaces/create", personal)
    assert (answer.status_code, "has no members" in text(answer)) == (422, True)
    assert Workspace.objects.filter(handle="mine").exists() is False


def test_switcher_leads_to_the_section_where_it_opens(organization: Organization) -> None:
    client, _ = enter_as(organization, "Viewer")
    more = create_workspace(organization.account, name="More", handle="more", actor=SYSTEM)
    share(more, organization.member.user, "Developer")
    page = client.get("/workspaces/switcher", {"section": "settings"}).content.decode()
    assert f'href="{root(organization.workspace)}/dashboard"' in page
    assert f'href="{root(more)}/settings"' in page
