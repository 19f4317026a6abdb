"""Forms to create and edit service accounts and to rotate their keys."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from accounts.forms import KeyForm
from core.pages.forms import NameField
from orgs.services.service_accounts import ROLES
from rbac import permissions
from rbac.models import WorkspaceRole
from rbac.role_choices import grantable
from workspaces.scoping import Access

_ROLE_DESCRIPTIONS = {
    permissions.MEMBER: "Member: has access only to the chosen workspaces",
    permissions.ADMIN: "Admin: is Owner of every workspace and manages the account",
    permissions.OWNER: "Owner: like Admin, and can delete the account",
}


class ExpiryForm(KeyForm):
    """The expiry of a new key. Unlike the keys of people, it offers no week, as programs run for longer."""

    DAYS = ("30", "90", "365")


class CreateForm(ExpiryForm):
    """Name, key expiry, account role, and a role in each workspace.

    The account roles offered do not exceed `rights`, the creator's permissions in the account. `accesses` are the
    workspaces, each with a field that offers those of `roles` that the creator may grant there, and no role.
    """

    role = forms.ChoiceField(label="Account role", initial=permissions.MEMBER, widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, rights: frozenset[str], accesses: Iterable[Access], roles: list[WorkspaceRole]
    ) -> None:
        super().__init__(*args)
        self.fields["name"].help_text = "What uses it, for example “nightly worker”."
        self.accesses = {_field_name(access.workspace.id): access for access in accesses}
        self.roles = {str(role.id): role for role in roles}
        account_role = self.fields["role"]
        assert isinstance(account_role, forms.ChoiceField)
        account_role.choices = account_role_choices(rights)
        for name, access in self.accesses.items():
            choices = [(str(role.id), role.name) for role in grantable(roles, access.scopes)]
            self.fields[name] = forms.ChoiceField(
                label=access.workspace.handle, required=False, choices=[("", "No role"), *choices]
            )

    def workspace_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.accesses]

    def chosen_roles(self) -> list[tuple[Access, WorkspaceRole]]:
        """Return the workspaces for which a role was chosen, with the role."""
        chosen = ((access, self.cleaned_data[name]) for name, access in self.accesses.items())
        return [(access, self.roles[role]) for access, role in chosen if role]


class EditForm(forms.Form):
    """Name and account role. The roles offered do not exceed `rights`, as in `CreateForm`."""

    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Account role", widget=forms.RadioSelect)

    def __init__(self, *args: Any, rights: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account_role = self.fields["role"]
        assert isinstance(account_role, forms.ChoiceField)
        account_role.choices = account_role_choices(rights)


class RotateForm(ExpiryForm):
    """The expiry of the new key, and the grace period during which the old key still works."""

    GRACES = {"0": "Not at all", "1": "1 hour", "24": "24 hours", "48": "48 hours"}

    grace = forms.ChoiceField(
        label="The old key works for",
        choices=list(GRACES.items()),
        initial="24",
        widget=forms.RadioSelect,
        help_text="Time to replace the old key where it is used.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"]

    def grace_period(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["grace"]))


def account_role_choices(rights: frozenset[str]) -> list[tuple[str, str]]:
    """Return the account roles whose permissions do not exceed `rights`, as choices with descriptions."""
    return [
        (role, words)
        for role, words in _ROLE_DESCRIPTIONS.items()
        if role in ROLES and permissions.ROLES[role] <= rights
    ]


def _field_name(workspace: UUID) -> str:
    return f"workspace-{workspace}"
