"""The overview of an account: its profile, workspaces and numbers."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Account, AccountImage
from auditlog.actors import USER
from orgs.models import Membership, ServiceAccount, Team
from orgs.pages import AccountRequest, account_page
from orgs.queries import solely_owned
from rbac import permissions
from workspaces.access.access_reasons import workspaces_open_to
from workspaces.models import Workspace

_MAX_WORKSPACES = 12


@dataclass(frozen=True, slots=True)
class Count:
    """How many workspaces, members, teams or service accounts the account has."""

    label: str  # in the singular
    number: int
    page: str = ""  # the URL name of their list


@account_page(permissions.READ_ACCOUNT)
@require_safe
def overview(request: AccountRequest) -> HttpResponse:
    """Show the account, the first workspaces that the reader may enter, and the numbers that they may see."""
    account, may = request.account, request.account_access.may
    only_owner = solely_owned(request.user).filter(id=account.id).exists()
    rows = workspaces_open_to(request.user).with_my_scopes(request.user).filter(account=account)
    workspaces = list(rows[: _MAX_WORKSPACES + 1])
    counts = _counts(request)
    people = next((count.number for count in counts if count.page == "members"), 0)
    context = {
        "person": account.user,
        "image": AccountImage.objects.filter(account=account).defer("content").first(),
        "workspaces": workspaces[:_MAX_WORKSPACES],
        "more": len(workspaces) > _MAX_WORKSPACES,
        "counts": counts,
        "may_edit": may(permissions.UPDATE_ACCOUNT),
        "create_address": f"{reverse('workspace-create')}?owner={request.account.id}",
        "may_create": may(permissions.CREATE_WORKSPACE),
        "alone": people == 1 and may(permissions.CREATE_INVITATION),
        "may_leave": account.user_id != request.user.id and not only_owner,
    }
    return render(request, "orgs/overview.html", context)


def _counts(request: AccountRequest) -> list[Count]:
    account, may = request.account, request.account_access.may
    counts: list[Count] = []
    if may(permissions.READ_WORKSPACE):
        workspaces = Workspace.objects.open_to(request.user).filter(account=account)
        counts.append(Count("workspace", workspaces.count(), "workspaces"))
    if may(permissions.READ_ACCOUNT_MEMBERSHIP):
        members = Membership.objects.filter(account=account, user__kind=USER).count()
        personal = account.kind == Account.PERSONAL
        counts.append(Count("collaborator" if personal else "member", members, "members"))
    if account.kind == Account.ORGANIZATION and may(permissions.READ_TEAM):
        counts.append(Count("team", Team.objects.filter(account=account, everyone=False).count(), "teams"))
    if account.kind == Account.ORGANIZATION and may(permissions.READ_BOT):
        counts.append(
            Count("service account", ServiceAccount.objects.filter(home_account=account).count(), "service-accounts")
        )
    return counts
