"""Search everything that a person may see: workspaces, flows, deployments, runs, work pools, people and pages.

Each kind returns a few results, and each query reads a limited number of rows. Accounts that the person may not enter
now are left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse

from accounts.models import User
from accounts.navigation import SECTIONS as PERSONAL_SECTIONS
from accounts.pages import PersonRequest
from auditlog.actors import USER
from core.db import tenants
from core.db.ids import parse_uuid
from core.pages.navigation import open_sections
from orgs.account_restrictions import closed_accounts
from orgs.models import Membership
from orgs.pages import SECTIONS, account_address
from orgs.queries import AccountAccess, accounts_of
from rbac import permissions, scopes
from rbac.access_lists import VIEW
from rbac.effective import read_scopes
from workspaces.access.access_reasons import workspaces_open_to
from workspaces.access_lists import bypasses_lists
from workspaces.deployments.access import visible_deployments
from workspaces.flows.models import Flow
from workspaces.models import Workspace, WorkspaceOwned, WorkspaceQuerySet
from workspaces.pages import address, entry_url, sections_of
from workspaces.runs.models import FlowRun
from workspaces.scoping import Access
from workspaces.work_pools.models import WorkPool

LONGEST_WORDS = 100
_RESULTS = 6  # of each kind
_MOST_ACCOUNTS, _MOST_WORKSPACES = 100, 200
_MOST_FLOWS, _MOST_RUNS, _MOST_PEOPLE = 20_000, 2_000, 20_000  # rows that a query reads
_OTHER_PAGES = (  # beside those of `accounts.navigation`
    ("All workspaces", "workspaces", "boxes"),
    ("Password", "account_change_password", "key-round"),
    ("Keyboard shortcuts", "shortcuts", "keyboard"),
    ("API documentation", "api-docs", "book-open"),
)


@dataclass(frozen=True, slots=True)
class Result:
    label: str
    address: str
    icon: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ResultGroup:
    label: str
    results: list[Result]


@dataclass(frozen=True, slots=True)
class SearchContext:
    """The caller and what they may see, and their access to the workspace and account of the current page."""

    user: User
    accounts: list[AccountAccess]
    open_workspaces: WorkspaceQuerySet
    accesses: dict[UUID, Access]
    workspace_access: Access | None
    account_access: AccountAccess | None


def search(
    request: PersonRequest, words: str, *, workspace_id: UUID | None, account_id: UUID | None
) -> list[ResultGroup]:
    """Return what matches the words and the caller may see. Without words, return pages only.

    The ids are those of the page that the caller is on. Ids that they may not use are ignored.
    """
    context = _search_context(request, workspace_id, account_id)
    searches: dict[str, Callable[[SearchContext, str], Iterator[Result]]] = {"Pages": _pages}
    if words:
        searches = {
            "Workspaces": _workspaces,
            "Flows": _flows,
            "Deployments": _deployments,
            "Runs": _runs,
            "Work pools": _work_pools,
            "People": _people,
        } | searches
    groups = (ResultGroup(label, list(find(context, words))) for label, find in searches.items())
    return [group for group in groups if group.results]


def _search_context(request: PersonRequest, workspace_id: UUID | None, account_id: UUID | None) -> SearchContext:
    user, closed = request.user, closed_accounts(request)
    accounts = [access for access in accounts_of(user)[:_MOST_ACCOUNTS] if access.account.id not in closed]
    rows = workspaces_open_to(user).with_my_scopes(user)
    rows = rows.filter(account__in=[access.account.id for access in accounts])
    accesses = {workspace.id: _access(workspace) for workspace in rows[:_MOST_WORKSPACES]}
    if workspace_id and workspace_id not in accesses and len(accesses) == _MOST_WORKSPACES:
        accesses |= {workspace.id: _access(workspace) for workspace in rows.filter(id=workspace_id)}
    tenants.reach(*accesses)
    current = accesses.get(workspace_id) if workspace_id else None
    current_account_id = current.workspace.account_id if current else account_id
    current_account = next((access for access in accounts if access.account.id == current_account_id), None)
    return SearchContext(user, accounts, rows, accesses, current, current_account)


def _workspaces(context: SearchContext, words: str) -> Iterator[Result]:
    named = Q(name__icontains=words) | Q(handle__icontains=words) | Q(account__handle__icontains=words)
    for workspace in context.open_workspaces.filter(named)[:_RESULTS]:
        yield Result(workspace.name, entry_url(_access(workspace)), "box", workspace.full_handle)


def _flows(context: SearchContext, words: str) -> Iterator[Result]:
    rows = Flow.objects.filter(workspace__in=_workspaces_with_flows(context))
    found = Flow.objects.filter(_limited_to(rows, _MOST_FLOWS), name__icontains=words).order_by("name", "id")
    for flow in found[:_RESULTS]:
        workspace = context.accesses[flow.workspace_id].workspace
        yield Result(flow.name, address(workspace, "flow", flow.id), "workflow", workspace.full_handle)


def _deployments(context: SearchContext, words: str) -> Iterator[Result]:
    """Find the deployments of this workspace that the caller may see by their access lists."""
    access = context.workspace_access
    if access is None or not access.allows(scopes.SEE_DEPLOYMENTS):
        return
    visible = visible_deployments(access, context.user, VIEW).order_by("name", "id")
    named = Q(name__icontains=words) | Q(flow__name__icontains=words)
    for row in visible.filter(named).values("id", "name", flow_name=F("flow__name"))[:_RESULTS]:
        yield Result(row["name"], address(access.workspace, "deployment", row["id"]), "rocket", row["flow_name"])


def _runs(context: SearchContext, words: str) -> Iterator[Result]:
    """Find a run by its id or, among the newest runs of this workspace, by its name."""
    run_id, seeing = parse_uuid(words), _workspaces_with_flows(context)
    if run_id:
        found = FlowRun.objects.filter(id=run_id, workspace__in=seeing)
    elif context.workspace_access and context.workspace_access.workspace.id in seeing:
        newest = FlowRun.objects.filter(workspace=context.workspace_access.workspace.id).order_by("-id")
        found = FlowRun.objects.filter(_limited_to(newest, _MOST_RUNS), name__icontains=words).order_by("-id")
    else:
        return
    for run in found.values("id", "name", "workspace", "state_name", flow_name=F("flow__name"))[:_RESULTS]:
        workspace = context.accesses[run["workspace"]].workspace
        detail = " · ".join(text for text in (run["flow_name"], run["state_name"]) if text)
        yield Result(run["name"], address(workspace, "flow-run", run["id"]), "git-commit-horizontal", detail)


def _work_pools(context: SearchContext, words: str) -> Iterator[Result]:
    """Find work pools by name. One with an access list is found by those only whom the list does not bind."""
    seeing = {each: access for each, access in context.accesses.items() if access.allows(scopes.SEE_WORK_POOLS)}
    unbound = [each for each, access in seeing.items() if bypasses_lists(access)]
    rows = WorkPool.objects.filter(Q(restricted=False) | Q(workspace__in=unbound), workspace__in=list(seeing))
    found = WorkPool.objects.filter(_limited_to(rows, _MOST_FLOWS), name__icontains=words).order_by("name", "id")
    for pool in found.defer("base_job_template", "storage_configuration")[:_RESULTS]:
        workspace = context.accesses[pool.workspace_id].workspace
        yield Result(pool.name, address(workspace, "work-pool", pool.name), "server", workspace.full_handle)


def _people(context: SearchContext, words: str) -> Iterator[Result]:
    accounts = {
        access.account.id: access for access in context.accounts if access.may(permissions.READ_ACCOUNT_MEMBERSHIP)
    }
    rows = Membership.objects.filter(account__in=accounts, user__kind=USER)
    found = Membership.objects.filter(_limited_to(rows, _MOST_PEOPLE)).select_related("user")
    found = found.annotate(full_name=Concat("user__first_name", Value(" "), "user__last_name"))
    named = Q(full_name__icontains=words) | Q(user__email__icontains=words)
    named |= Q(user__personal_account__handle__icontains=words)
    for membership in found.filter(named).order_by("user__first_name", "user__last_name", "id")[:_RESULTS]:
        user, access = membership.user, accounts[membership.account_id]
        if access.may(permissions.UPDATE_ACCOUNT_MEMBERSHIP):
            target = account_address(access.account, "member", membership.id)
        else:
            target = account_address(access.account, "members")
        yield Result(user.name, target, "user", f"{user.email} · {access.account.handle}")


def _pages(context: SearchContext, words: str) -> Iterator[Result]:
    """Find the sections of this workspace and its account, and personal pages."""
    pages: list[Result] = []
    if context.workspace_access:
        workspace = context.workspace_access.workspace
        for section in sections_of(context.workspace_access):
            pages.append(Result(section.label, address(workspace, section.name), section.icon, workspace.name))
    if context.account_access:
        account = context.account_access.account
        for section in open_sections(SECTIONS, context.account_access.permissions, account.kind):
            pages.append(Result(section.label, account_address(account, section.name), section.icon, account.name))
    pages += [Result(section.label, reverse(section.name), section.icon) for section in PERSONAL_SECTIONS]
    pages += [Result(label, reverse(name), icon) for label, name, icon in _OTHER_PAGES]
    parts = words.lower().split()
    yield from (page for page in pages if all(part in f"{page.label} {page.detail}".lower() for part in parts))


def _access(workspace: Workspace) -> Access:
    return Access(workspace, read_scopes(workspace.held))  # type: ignore[attr-defined]  # annotated by `with_my_scopes`


def _workspaces_with_flows(context: SearchContext) -> list[UUID]:
    return [each for each, access in context.accesses.items() if access.allows(scopes.SEE_FLOWS)]


def _limited_to(rows: QuerySet[WorkspaceOwned] | QuerySet[Membership], most: int) -> Q:
    """Return a condition for being among the first `most` of these rows, to limit what a search reads."""
    return Q(id__in=rows.values("id")[:most])
