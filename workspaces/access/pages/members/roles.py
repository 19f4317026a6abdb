"""Changing the account roles of several members.

The forms of the list and of a member submit changed roles (`core.pages.staged`). Without the field `confirmed`, the
response is a page that shows the changes. That page submits them again with `confirmed`, which saves all or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import Account
from accounts.pages import next_url, sent_once
from accounts.undo import undoable
from auditlog.actors import USER
from core.errors import Invalid
from core.pages.staged import MOST_UNDONE, StagedChange, staged_changes
from orgs.models import Membership
from orgs.pages import AccountRequest, account_address, account_page
from orgs.services.members import check_granter
from orgs.services.role_changes import RoleChange, change_roles
from rbac import permissions
from workspaces.access.pages.members.allowed_changes import OFFERED

_WORDS = {
    permissions.OWNER: "can do everything here, delete the account, and remove other owners",
    permissions.ADMIN: "manages members, teams, service accounts and roles, and is Owner of every workspace",
    permissions.MEMBER: "has access to the workspaces that are shared with them",
}


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A line of the review. `seen` is the role that the reader saw, if somebody else has changed it since."""

    change: RoleChange
    myself: bool
    seen: str

    @property
    def membership(self) -> Membership:
        return self.change.membership

    @property
    def before(self) -> str:
        return self.change.membership.role

    @property
    def role(self) -> str:
        return self.change.role

    @property
    def before_words(self) -> str:
        return _WORDS.get(self.before, "")

    @property
    def role_words(self) -> str:
        return _WORDS[self.role]

    @property
    def is_critical(self) -> bool:
        """Return whether the change gets no undo button, because it is of an Owner or of the reader's own role."""
        return self.myself or permissions.OWNER in (self.before, self.role)


@dataclass(frozen=True, slots=True)
class Review:
    """The changes to confirm, and messages about submitted changes that were left out."""

    lines: list[ReviewLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def has_edit_conflict(self) -> bool:
        return any(line.seen for line in self.lines)

    @property
    def new_owners(self) -> list[str]:
        return [line.membership.user.name for line in self.lines if line.role == permissions.OWNER]


@sent_once
@account_page(permissions.UPDATE_ACCOUNT_MEMBERSHIP)
@require_POST
def roles(request: AccountRequest) -> HttpResponse:
    """Show the staged changes. If the form is confirmed, save them."""
    back = next_url(request, default=account_address(request.account, "members"))
    try:
        review = _read_changes(request, staged_changes(request.POST))
    except Invalid as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    if not review.lines and not review.problems:
        messages.info(request, "Nothing to change.")
        return redirect(back)
    if "confirmed" in request.POST and not review.problems and not review.has_edit_conflict:
        try:
            _save(request, review.lines, back)
            return redirect(back)
        except ValidationError as error:
            review = _read_changes(request, staged_changes(request.POST))
            review.problems.extend(error.messages)
    status = 409 if review.has_edit_conflict or review.problems else 200
    return render(request, "workspaces/access/members/review.html", {"review": review, "back": back}, status=status)


def _read_changes(request: AccountRequest, staged: Sequence[StagedChange]) -> Review:
    """Return the review of staged changes. Changes that were made already are left out.

    Changes of people who are not members, and to roles that do not exist, are left out with a message. Raises
    `Forbidden` if a role exceeds the reader's permissions.
    """
    memberships = Membership.objects.filter(account=request.account, user__kind=USER)
    found = memberships.filter(id__in=[change.id for change in staged]).select_related("user", "account")
    by_id = {membership.id: membership for membership in found}
    offered = OFFERED if request.account.kind == Account.ORGANIZATION else ()
    review = Review()
    for change in staged:
        membership = by_id.get(change.id)
        if membership is None:
            review.problems.append("One member can no longer be found here and was left out.")
        elif change.now not in offered:
            review.problems.append(f"{membership.user.name}: There is no such account role.")
        elif change.now != membership.role:
            check_granter(request.account_access.permissions, membership.role, change.now)
            role_change = RoleChange(membership, change.was, change.now)
            seen = "" if change.was == membership.role else change.was[:20] or "no role"
            review.lines.append(ReviewLine(role_change, membership.user_id == request.user.id, seen))
    return review


def _save(request: AccountRequest, lines: Sequence[ReviewLine], back: str) -> None:
    granter_scopes = request.account_access.permissions
    fields = {"confirmed": "1", "next": back}
    for line in lines:  # before saving, which updates the memberships
        fields |= {f"was-{line.membership.id}": line.role, f"now-{line.membership.id}": line.before}
    can_undo = len(lines) <= MOST_UNDONE and not any(line.is_critical for line in lines)
    changes = [line.change for line in lines]
    change_roles(request.account, changes, actor=request.user.as_actor(), granter_scopes=granter_scopes)
    first = f"{lines[0].membership.user.name} now has the account role {lines[0].role}."
    done = first if len(lines) == 1 else f"{len(lines)} account roles were changed."
    if can_undo:
        undoable(request, done, request.path, **fields)
    else:
        messages.success(request, done)
