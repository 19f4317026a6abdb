"""The way in: the home address, the first steps, and addresses that people can type."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.pages import PersonRequest, signed_in
from accounts.services.handles import account_by_handle
from orgs.pages import account_address
from orgs.queries import accounts_of, belonging
from workspaces.connect import commands
from workspaces.dashboard.views import FIRST_FLOW
from workspaces.models import Workspace
from workspaces.pages import LAST_WORKSPACE, address, landing
from workspaces.runs.models import FlowRun
from workspaces.scoping import enter
from workspaces.views.operator import operators_login, owns_nothing


@signed_in
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """The workspace last seen, or the only one, or all of them, or where one waits to be let in, or the first steps."""
    found = list(Workspace.objects.open_to(request.user).order_by("id")[:100])
    if not found:
        return redirect(_waiting_place(request) or "welcome")
    last = next((w for w in found if str(w.id) == request.COOKIES.get(LAST_WORKSPACE)), None)
    if last or len(found) == 1:
        return redirect(_entrance(request, last or found[0]))
    return redirect("workspaces")


def _waiting_place(request: PersonRequest) -> str:
    """The overview of an organization that one belongs to, where others have to let one into a workspace."""
    mine = (one for one in accounts_of(request.user) if one.account.kind == Account.ORGANIZATION)
    waiting = next((one for one in mine if not one.may("create:workspace")), None)
    return account_address(waiting.account, "overview") if waiting else ""


def _entrance(request: PersonRequest, workspace: Workspace) -> str:
    """A page there that they may open."""
    access = enter(request.user, workspace.id)
    return landing(access) if access else address(workspace, "home")


@dataclass(frozen=True, slots=True)
class Steps:
    """How far somebody has come, by what the site has seen happen."""

    workspace: Workspace | None
    connected: bool
    ran: bool

    @property
    def finished(self) -> bool:
        return self.workspace is not None and self.connected and self.ran


@signed_in
@require_safe
def welcome(request: PersonRequest) -> HttpResponse:
    if owns_nothing(request):
        return operators_login(request)
    steps = _steps(request)
    filled_in = commands(steps.workspace) if steps.workspace else None
    context = {"steps": steps, "commands": filled_in, "first_flow": FIRST_FLOW}
    if "X-Poll" not in request.headers:
        return render(request, "workspaces/welcome.html", context)
    return render(request, "workspaces/_steps.html", context, status=286 if steps.finished else 200)


@require_safe
def to_dashboard(request: HttpRequest, account_id: UUID, workspace_id: UUID) -> HttpResponse:
    """The address of a workspace as clients print it, without the slash. Who comes is asked there."""
    return redirect("workspace:home", account_id, workspace_id)


@require_safe
def to_overview(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The same of an account. Its overview asks who comes."""
    return redirect("account:overview", account_id)


@signed_in
@require_safe
def by_handles(request: PersonRequest, account: str, workspace: str, rest: str = "") -> HttpResponse:
    """`/@account/workspace/...`, which people can type and read, leads to the lasting address.

    A handle that the account had leads there too, for as long as it is kept.
    """
    owner = account_by_handle(account)
    open_to = Workspace.objects.open_to(request.user).filter(account=owner, handle=workspace)
    found = open_to.first() if owner else None
    if found is None:
        raise Http404
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return redirect(f"{address(found, 'home') + rest if rest else _entrance(request, found)}{query}")


@signed_in
@require_safe
def of_account(request: PersonRequest, account: str) -> HttpResponse:
    """`/@account` leads to the pages of an account that one belongs to."""
    found = account_by_handle(account)
    if found is None or belonging(request.user, found.id) is None:
        raise Http404
    return redirect(account_address(found, "overview"))


def _steps(request: PersonRequest) -> Steps:
    open_to = Workspace.objects.open_to(request.user).select_related("account")
    wanted = request.COOKIES.get(LAST_WORKSPACE, "")
    found = list(open_to.order_by("-id")[:100])
    workspace = next((w for w in found if str(w.id) == wanted), found[0] if found else None)
    ran = FlowRun.objects.filter(workspace__in=[w.id for w in found]).exists()
    used = Q(last_used_at__isnull=False)
    return Steps(workspace, ran or request.user.api_keys.filter(used).exists(), ran)
