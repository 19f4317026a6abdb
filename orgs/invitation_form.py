"""The forms that invite people by a list of email addresses, and that change the role of an invitation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Account
from orgs.models import Invitation, Team
from orgs.services.invitees import MOST_AT_ONCE, is_address
from rbac import permissions
from rbac.models import WorkspaceRole
from rbac.role_choices import role_choices

# Addresses may be pasted as “Ada Lovelace <ada@example.com>”, or separated by commas, semicolons and spaces.
_BRACKETED = re.compile(r"<([^<>\n]*)>")
_SEPARATOR = re.compile(r"[\s,;]+")
_MOST_TEAMS = 200


@dataclass(frozen=True, slots=True)
class TypedAddress:
    """A word of the typed list, and whether it is a valid email address."""

    text: str
    valid: bool


def split_addresses(text: str) -> list[TypedAddress]:
    """Return the words of a typed list in lower case and in order, without duplicates and names."""
    words = _SEPARATOR.split(_without_names(text))
    return [
        TypedAddress(word[:254], is_address(word)) for word in dict.fromkeys(word.lower() for word in words if word)
    ]


def _without_names(text: str) -> str:
    """Replace each “Ada Lovelace <ada@example.com>” by the address. The name begins after the last separator."""
    parts, end = [], 0
    for bracketed in _BRACKETED.finditer(text):
        before = text[end : bracketed.start()]
        name_start = max(before.rfind(separator) for separator in "<>,;\n") + 1
        parts += [before[:name_start], bracketed[1].strip() or before[name_start:] + bracketed[0]]
        end = bracketed.end()
    return " ".join([*parts, text[end:]])


class RoleField(forms.ModelChoiceField[WorkspaceRole]):
    def __init__(self, account: Account, granter_scopes: frozenset[str] | None, **more: Any) -> None:
        """Offer the roles of an account that hold no more than `granter_scopes`, or all roles if it is None."""
        roles = WorkspaceRole.objects.filter(id__in=[role.id for role in role_choices(account, granter_scopes)])
        super().__init__(queryset=roles.select_related("inherits").in_order(), **more)


class InvitationForm(forms.Form):
    """Invite people to an account, and optionally to teams and a first workspace."""

    emails = forms.CharField(
        label="Email addresses",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}),
        help_text=f"Up to {MOST_AT_ONCE}, separated by commas, spaces or new lines.",
    )
    role = forms.ChoiceField(label="Account role")
    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    workspace = forms.ChoiceField(label="First workspace", required=False)

    def __init__(
        self,
        account: Account,
        workspace_choices: Sequence[tuple[str, str]],
        granter_permissions: frozenset[str],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Take the workspaces that the inviter may invite people to, and the inviter's permissions in the account."""
        super().__init__(*args, **kwargs)
        self.personal = account.kind == Account.PERSONAL
        self.typed: list[TypedAddress] = []
        roles = self.fields["role"]
        assert isinstance(roles, forms.ChoiceField)
        roles.choices = [(role, role) for role in offered_roles(account, granter_permissions)]
        roles.initial = roles.choices[-1][0]
        teams = self.fields["teams"]
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        if self.personal or permissions.UPDATE_TEAM not in granter_permissions:
            del self.fields["teams"]
        else:
            choices = Team.objects.filter(account=account, everyone=False).order_by("name")
            teams.queryset = choices.filter(id__in=list(choices.values_list("id", flat=True)[:_MOST_TEAMS]))
        if self.personal:
            del self.fields["role"]
        workspace = self.fields["workspace"]
        assert isinstance(workspace, forms.ChoiceField)
        workspace.choices = list(workspace_choices) if self.personal else [("", "None"), *workspace_choices]
        workspace.required = self.personal
        self.fields["workspace_role"] = RoleField(
            account,
            None,
            label="Role in the workspace",
            required=False,
            empty_label=None if self.personal else "None",
        )

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("workspace") and not self.cleaned_data.get("workspace_role", self):
            self.add_error("workspace_role", "Choose a role in the workspace.")
        if self.cleaned_data.get("workspace_role") and not self.cleaned_data.get("workspace", self):
            self.add_error("workspace", "Choose the workspace for this role, or choose no role.")
        return self.cleaned_data

    def clean_emails(self) -> list[str]:
        self.typed = split_addresses(self.cleaned_data["emails"])
        wrong = [address.text for address in self.typed if not address.valid]
        if wrong:
            raise ValidationError([f"“{text[:100]}” is not a valid email address." for text in wrong[:20]])
        if len(self.typed) > MOST_AT_ONCE:
            raise ValidationError(f"You entered {len(self.typed)} addresses. Invite at most {MOST_AT_ONCE} at once.")
        return [address.text for address in self.typed]


class InvitedRoleForm(forms.Form):
    """Change the roles of a pending invitation."""

    def __init__(self, invitation: Invitation, granter_scopes: frozenset[str], *args: Any, **kwargs: Any) -> None:
        """Take the permissions and scopes that the user holds, which limit the roles to choose from."""
        super().__init__(*args, **kwargs)
        if invitation.account.kind == Account.ORGANIZATION:
            choices = [(role, role) for role in offered_roles(invitation.account, granter_scopes)]
            self.fields["role"] = forms.ChoiceField(label="Account role", choices=choices, initial=invitation.role)
        if invitation.workspace_id:
            self.fields["workspace_role"] = RoleField(
                invitation.account,
                granter_scopes,
                label="Role in the workspace",
                empty_label=None,
                initial=invitation.workspace_role_id,
            )


def offered_roles(account: Account, granter_permissions: frozenset[str]) -> list[str]:
    """Return the account roles that somebody with these permissions may give, with the weakest one last."""
    if account.kind == Account.PERSONAL:
        return [permissions.COLLABORATOR]
    roles = (permissions.OWNER, permissions.ADMIN, permissions.MEMBER)
    return [role for role in roles if permissions.ROLES[role] <= granter_permissions]
