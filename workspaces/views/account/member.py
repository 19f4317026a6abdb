"""One person in an account: all their access there and why, how many keys, what they did; and changes to it."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Account
from accounts.pages import sent_once
from accounts.undo import undoable
from auditlog.actors import USER
from auditlog.models import Entry
from orgs.models import Membership, Team
from orgs.pages import AccountRequest, account_address, account_page
from orgs.paging import page_of
from orgs.services.members import change_role, remove_member, set_active
from rbac import permissions
from workspaces.models import Workspace
from workspaces.views.account.changes import OFFERED, changes_of
from workspaces.why import Reason, entered, reasons_for

CHANGE, REMOVE = "update:account_membership", "delete:account_membership"
_ENTRIES, _LOST = 15, 20
_LOOKED_THROUGH = 5_000  # entries of the account in which the person's are looked for


@dataclass(frozen=True, slots=True)
class Way:
    """A workspace that the person may enter, and every way in."""

    workspace: Workspace
    reasons: list[Reason]


@account_page(CHANGE)
@require_safe
def member(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    return _page(request, _found(request, membership_id))


@sent_once
@account_page(CHANGE)
def role(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    """Makes somebody an owner, an owner something else, or changes one's own role only once that is confirmed."""
    one, wanted = _found(request, membership_id), request.POST.get("role", "")
    if request.method != "POST":
        asked = request.GET.get("role", "")
        if asked not in OFFERED or asked == one.role:
            return redirect(account_address(request.account, "member", one.id))
        myself = one.user_id == request.user.id
        context = {"one": one, "wanted": asked, "next": _back(request, one), "myself": myself}
        return render(request, "orgs/members/role.html", context)
    try:
        if wanted not in OFFERED:
            raise ValidationError("There is no such account role here.")
        if wanted != one.role and _grave(request, one, wanted) and "confirmed" not in request.POST:
            return redirect(f"{request.path}?{urlencode({'role': wanted, 'next': _back(request, one)})}")
        before = one.role
        change_role(one, wanted, actor=request.user.as_actor(), within=request.mine.permissions)
    except ValidationError as error:
        return _refused(request, one, error)
    done = f"{one.user.name} has the account role {wanted} now."
    if before in OFFERED and before != wanted and not _grave(request, one, before):
        undoable(request, done, request.path, role=before, next=_back(request, one))
    else:
        messages.success(request, done)
    return redirect(_back(request, one))


@sent_once
@account_page(CHANGE)
@require_POST
def active(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    """Suspend a member, or let them in again."""
    one, wanted = _found(request, membership_id), request.POST.get("active") == "true"
    try:
        set_active(one, wanted, actor=request.user.as_actor(), within=request.mine.permissions)
    except ValidationError as error:
        return _refused(request, one, error)
    words = "may enter again" if wanted else "is suspended and reaches nothing of this account"
    messages.success(request, f"{one.user.name} {words}.")
    return redirect(_back(request, one))


@sent_once
@account_page(REMOVE)
def remove(request: AccountRequest, membership_id: UUID) -> HttpResponse:
    """Asks first, with what they lose."""
    one, problem = _found(request, membership_id), ""
    if request.method == "POST":
        try:
            remove_member(one, actor=request.user.as_actor(), within=request.mine.permissions)
            messages.success(request, f"{one.user.name} is removed.")
            return redirect(account_address(request.account, "members"))
        except ValidationError as error:
            problem = " ".join(error.messages)
    rows = entered(one.user).filter(account=request.account)
    lost = list(rows[: _LOST + 1])
    context = {
        "one": one,
        "change": changes_of(request)(one),
        "lost": lost[:_LOST],
        "more": rows.count() - _LOST if len(lost) > _LOST else 0,
        "teams": _teams(one),
        "problem": problem,
    }
    return render(request, "orgs/members/remove.html", context, status=422 if problem else 200)


def _page(request: AccountRequest, one: Membership, problem: str = "") -> HttpResponse:
    shown = page_of(request, entered(one.user).filter(account=request.account))
    found: dict[UUID, list[Reason]] = {}
    for reason in reasons_for(shown.rows, one.user):
        found.setdefault(reason.workspace.id, []).append(reason)
    context = {
        "one": one,
        "change": changes_of(request)(one),
        "ways": [Way(ways[0].workspace, ways) for ways in found.values()],
        "page": shown,
        "teams": _teams(one),
        "keys": one.user.api_keys.count(),
        "entries": _entries(request, one) if request.mine.may("read:audit_event") else None,
        "may_remove": request.mine.may(REMOVE),
        "problem": problem,
    }
    return render(request, "orgs/members/member.html", context, status=422 if problem else 200)


def _found(request: AccountRequest, membership_id: UUID) -> Membership:
    rows = Membership.objects.filter(account=request.account, user__kind=USER)
    one = rows.filter(id=membership_id).select_related("user__personal_account", "account").first()
    if one is None:
        raise Http404
    return one


def _teams(one: Membership) -> list[Team]:
    return list(
        Team.objects.filter(account=one.account_id, everyone=False, group__user=one.user_id).order_by("name")[:100]
    )


def _entries(request: AccountRequest, one: Membership) -> list[Entry]:
    """What the person did in the account, or was done to their membership and to their roles in workspaces, of late."""
    latest = Entry.objects.filter(account_id=request.account.id).order_by("-id").values("id")[:_LOOKED_THROUGH]
    theirs = Q(actor_id=one.user_id) | Q(object_id=str(one.id)) | Q(object_id=str(one.user_id))
    theirs |= Q(action__startswith="workspace-access.", detail__accessor_id=str(one.user_id))
    return list(Entry.objects.filter(theirs, id__in=latest).order_by("-id")[:_ENTRIES])


def _refused(request: AccountRequest, one: Membership, error: ValidationError) -> HttpResponse:
    if request.headers.get("HX-Request"):  # asked from the list, which takes the answer's part for itself
        messages.error(request, " ".join(error.messages))
        return redirect(_back(request, one))
    return _page(request, one, " ".join(error.messages))


def _grave(request: AccountRequest, one: Membership, wanted: str) -> bool:
    """Whether a change of role is asked about first: to or from owner, and of oneself."""
    if request.account.kind == Account.PERSONAL:  # roles do not change there
        return False
    return permissions.OWNER in (one.role, wanted) or one.user_id == request.user.id


def _back(request: AccountRequest, one: Membership) -> str:
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return account_address(request.account, "member", one.id)
