"""The collaborators of a personal account's workspace: who has a role there, and pending invitations."""

import re

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from core.pages.paging import page_of
from orgs.models import Invitation
from rbac import builtin, permissions, scopes
from workspaces.access.grant_queries import combined_rights
from workspaces.access.pages.sharing.kinds import PEOPLE
from workspaces.access.pages.sharing.page import row_context
from workspaces.access.pages.sharing.role_select import RoleSelect, roles_to_grant
from workspaces.access.pages.sharing.rows import build_rows
from workspaces.pages import WorkspaceRequest, address, workspace_page

_MAX_INVITATIONS = 100


class InviteForm(forms.Form):
    emails = forms.CharField(
        max_length=20_000,
        label="Email addresses",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "ada@example.com, grace@example.com"}),
        help_text="Separated by commas, spaces or new lines.",
    )
    role = forms.UUIDField(error_messages={"required": "Choose a role.", "invalid": "Choose a role."})

    def clean_emails(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if text]


@workspace_page(scopes.SEE_WORKSPACE_USERS)
@require_safe
def collaborators(request: WorkspaceRequest) -> HttpResponse:
    if request.workspace.account.kind == Account.ORGANIZATION:
        return redirect(address(request.workspace, "sharing"))
    return show_collaborators(request, InviteForm())


def show_collaborators(request: WorkspaceRequest, form: InviteForm) -> HttpResponse:
    """Render the page. `form` is a new form, or one with errors."""
    workspace = request.workspace
    paged = page_of(request, PEOPLE.listed(workspace, ""))
    pending = Invitation.objects.filter(workspace=workspace, status=Invitation.PENDING).select_related("workspace_role")
    rights = combined_rights(request.access, request.user)
    may_see_invitations = permissions.READ_WORKSPACE_INVITATION in rights
    invitations = list(pending.order_by("-id")[: _MAX_INVITATIONS + 1]) if may_see_invitations else []
    choices = roles_to_grant(request)
    may_change = request.access.allows(scopes.MANAGE_WORKSPACE_USERS)
    selected = form.cleaned_data.get("role") if form.is_bound and form.errors else None
    rows = [row_context(row, choices) for row in build_rows(request, PEOPLE, paged.rows, [])]
    context = {
        "kind": PEOPLE,
        "rows": rows,
        "may_change_roles": any(row["choice"] for row in rows),
        "paged": paged,
        "person": workspace.account.user,
        "invitations": invitations[:_MAX_INVITATIONS],
        "more": len(invitations) > _MAX_INVITATIONS,
        "form": form,
        "choice": RoleSelect("invite", "Role", choices, selected or builtin.IDS[builtin.DEVELOPER]),
        "may_change": may_change and permissions.UPDATE_WORKSPACE_INVITATION in rights,
        "may_invite": may_change and permissions.CREATE_WORKSPACE_INVITATION in rights,
        "roles": [choice.role for choice in choices],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "workspaces/access/sharing/collaborators.html", context, status=status)
