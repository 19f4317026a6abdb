"""The form that invites: many addresses at once, each looked at by itself; and the one that changes a role."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F

from accounts.models import Account
from orgs.models import Invitation, Team
from orgs.services.invitees import MOST_AT_ONCE, is_address
from rbac import permissions
from rbac.models import WorkspaceRole

# “Ada Lovelace <ada@example.com>”, as mail programs copy it; or words between commas, semicolons and spaces.
_NAMED = re.compile(r"[^<>,;\n]*<([^<>\n]*)>")
_BETWEEN = re.compile(r"[\s,;]+")
_MOST_TEAMS = 200
_BUILT_IN_FIRST = F("account").asc(nulls_first=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of what was typed, and whether it is an address."""

    text: str
    valid: bool


def parts(text: str) -> list[Typed]:
    """The addresses in a pasted list, each once, in its order."""
    words = _BETWEEN.split(_NAMED.sub(lambda named: f" {named[1].strip() or named[0]} ", text))
    return [Typed(word[:254], is_address(word)) for word in dict.fromkeys(word.lower() for word in words if word)]


class RoleField(forms.ModelChoiceField[WorkspaceRole]):
    def __init__(self, account: Account, within: frozenset[str] | None, **more: Any) -> None:
        """The roles of an account, those that hold no more than `within`, built-in ones first."""
        usable = WorkspaceRole.objects.usable_in(account).select_related("inherits")
        roles = [role for role in usable if within is None or role.all_scopes <= within]
        found = WorkspaceRole.objects.filter(id__in=[role.id for role in roles])
        super().__init__(queryset=found.select_related("inherits").order_by(_BUILT_IN_FIRST, "id"), **more)


class InvitationForm(forms.Form):
    """`places`: the workspaces that the inviter may let people into, as choices."""

    emails = forms.CharField(
        label="Email addresses",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}),
        help_text=f"One or many, up to {MOST_AT_ONCE}, between commas, spaces or lines.",
    )
    role = forms.ChoiceField(label="Account role")
    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    workspace = forms.ChoiceField(label="First workspace", required=False)

    def __init__(
        self, account: Account, places: Sequence[tuple[str, str]], held: frozenset[str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.personal = account.kind == Account.PERSONAL
        self.typed: list[Typed] = []
        roles = self.fields["role"]
        assert isinstance(roles, forms.ChoiceField)
        roles.choices = [(role, role) for role in offered_roles(account, held)]
        roles.initial = roles.choices[-1][0]
        teams = self.fields["teams"]
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        if self.personal or "update:team" not in held:
            del self.fields["teams"]
        else:
            own = Team.objects.filter(account=account, everyone=False).order_by("name")
            teams.queryset = own.filter(id__in=list(own.values_list("id", flat=True)[:_MOST_TEAMS]))
        if self.personal:
            del self.fields["role"]
        workspace = self.fields["workspace"]
        assert isinstance(workspace, forms.ChoiceField)
        workspace.choices = list(places) if self.personal else [("", "None yet"), *places]
        workspace.required = self.personal
        self.fields["workspace_role"] = RoleField(
            account,
            None,
            label="Role in the workspace",
            required=False,
            empty_label=None if self.personal else "None yet",
        )

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("workspace") and not self.cleaned_data.get("workspace_role", self):
            self.add_error("workspace_role", "Choose a role in the workspace.")
        return self.cleaned_data

    def clean_emails(self) -> list[str]:
        self.typed = parts(self.cleaned_data["emails"])
        wrong = [one.text for one in self.typed if not one.valid]
        if wrong:
            raise ValidationError([f"“{text[:100]}” is no email address." for text in wrong[:20]])
        if len(self.typed) > MOST_AT_ONCE:
            raise ValidationError(f"These are {len(self.typed)} addresses. Invite at most {MOST_AT_ONCE} at once.")
        return [one.text for one in self.typed]


class InvitedRoleForm(forms.Form):
    """Another role for somebody who has not answered yet."""

    def __init__(self, invitation: Invitation, held: frozenset[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invitation.account.kind == Account.ORGANIZATION:
            choices = [(role, role) for role in offered_roles(invitation.account, held)]
            self.fields["role"] = forms.ChoiceField(label="Account role", choices=choices, initial=invitation.role)
        if invitation.workspace_id:
            self.fields["workspace_role"] = RoleField(
                invitation.account,
                held,
                label="Role in the workspace",
                empty_label=None,
                initial=invitation.workspace_role_id,
            )


def offered_roles(account: Account, held: frozenset[str]) -> list[str]:
    """The account roles that one may invite to, the smallest last."""
    if account.kind == Account.PERSONAL:
        return [permissions.COLLABORATOR]
    roles = (permissions.OWNER, permissions.ADMIN, permissions.MEMBER)
    return [role for role in roles if permissions.ROLES[role] <= held]
