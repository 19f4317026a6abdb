"""What an account is: its profile, what it holds, what to do next."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Account, AccountImage
from auditlog.actors import USER
from orgs.models import Membership, ServiceAccount, Team
from orgs.pages import AccountRequest, account_page
from orgs.queries import is_only_owner
from workspaces.models import Workspace
from workspaces.why import entered

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of the account, its label for one of them; `page` is the list's url name, where one may open it."""

    label: str
    number: int
    page: str = ""


@account_page("read:account")
@require_safe
def overview(request: AccountRequest) -> HttpResponse:
    account, may = request.account, request.mine.may
    mine = entered(request.user).with_my_scopes(request.user).filter(account=account)
    workspaces = list(mine[: _SHOWN + 1])
    counts = _counts(request)
    people = next((one.number for one in counts if one.page == "members"), 0)
    context = {
        "person": account.user,
        "image": AccountImage.objects.filter(account=account).defer("content").first(),
        "workspaces": workspaces[:_SHOWN],
        "more": len(workspaces) > _SHOWN,
        "counts": counts,
        "may_edit": may("update:account"),
        "create_address": f"{reverse('workspace-create')}?owner={request.account.id}",
        "may_create": may("create:workspace"),
        "alone": people == 1 and may("create:invitation"),
        "may_leave": account.user_id != request.user.id and not is_only_owner(request.mine, request.user),
    }
    return render(request, "orgs/overview.html", context)


def _counts(request: AccountRequest) -> list[Counted]:
    account, may = request.account, request.mine.may
    found: list[Counted] = []
    if may("read:workspace"):
        mine = Workspace.objects.open_to(request.user).filter(account=account)
        found.append(Counted("workspace", mine.count(), "workspaces"))
    if may("read:account_membership"):
        members = Membership.objects.filter(account=account, user__kind=USER).count()
        personal = account.kind == Account.PERSONAL
        found.append(Counted("collaborator" if personal else "member", members, "members"))
    if account.kind == Account.ORGANIZATION and may("read:team"):
        found.append(Counted("team", Team.objects.filter(account=account, everyone=False).count(), "teams"))
    if account.kind == Account.ORGANIZATION and may("read:bot"):
        found.append(
            Counted("service account", ServiceAccount.objects.filter(home_account=account).count(), "service-accounts")
        )
    return found
