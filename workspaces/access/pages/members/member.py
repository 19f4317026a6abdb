"""The page of a member: their workspaces with the reasons for access, teams, keys and recent activity."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from auditlog.actors import USER
from auditlog.models import Entry
from core.pages.paging import page_of
from orgs.models import Membership, Team
from orgs.pages import AccountRequest, account_page
from rbac import permissions
from workspaces.access.access_reasons import Reason, reasons_in, workspaces_open_to
from workspaces.access.pages.members.allowed_changes import allowed_changes
from workspaces.models import Workspace

_MAX_ENTRIES = 15
_ENTRIES_SEARCHED = 5_000  # the latest entries of the account, among which those about the member are found


@dataclass(frozen=True, slots=True)
class OpenWorkspace:
    """A workspace that the member may enter, with every reason for it."""

    workspace: Workspace
    reasons: list[Reason]


@account_page(permissions.UPDATE_ACCOUNT_MEMBERSHIP)
@require_safe
def member(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    return show_member(request, get_membership(request, membership_id))


def show_member(request: AccountRequest, membership: Membership, problem: str = "") -> HttpResponse:
    """Render the page of a member. `problem` says why a change was refused."""
    page = page_of(request, workspaces_open_to(membership.user).filter(account=request.account))
    by_workspace: dict[UUID, list[Reason]] = {}
    for reason in reasons_in(page.rows, membership.user):
        by_workspace.setdefault(reason.workspace.id, []).append(reason)
    may_see_entries = request.account_access.may(permissions.READ_AUDIT_EVENT)
    context = {
        "membership": membership,
        "change": allowed_changes(request)(membership),
        "open_workspaces": [OpenWorkspace(reasons[0].workspace, reasons) for reasons in by_workspace.values()],
        "page": page,
        "teams": teams_of(membership),
        "keys": membership.user.api_keys.count(),
        "entries": _entries(request, membership) if may_see_entries else None,
        "may_remove": request.account_access.may(permissions.DELETE_ACCOUNT_MEMBERSHIP),
        "problem": problem,
    }
    return render(request, "workspaces/access/members/member.html", context, status=422 if problem else 200)


def get_membership(request: AccountRequest, membership_id: UUID) -> Membership:
    """Return a person's membership in the account. Raises `Http404` if there is none."""
    rows = Membership.objects.filter(account=request.account, user__kind=USER)
    membership = rows.filter(id=membership_id).select_related("user__personal_account", "account").first()
    if membership is None:
        raise Http404
    return membership


def teams_of(membership: Membership) -> list[Team]:
    """Return the first 100 teams of the member, by name."""
    teams = Team.objects.filter(account=membership.account_id, everyone=False, group__user=membership.user_id)
    return list(teams.order_by("name")[:100])


def _entries(request: AccountRequest, membership: Membership) -> list[Entry]:
    """Return the latest audit entries of what the member did in the account, and of changes to their access."""
    latest = Entry.objects.filter(account_id=request.account.id).order_by("-id").values("id")[:_ENTRIES_SEARCHED]
    user_id = str(membership.user_id)
    about = Q(actor_id=membership.user_id) | Q(object_id=str(membership.id)) | Q(object_id=user_id)
    about |= Q(action__startswith="workspace-access.", detail__accessor_id=user_id)
    return list(Entry.objects.filter(about, id__in=latest).order_by("-id")[:_MAX_ENTRIES])
