"""Forms of service accounts: made with a key and workspaces, edited, their key rotated."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from accounts.forms import KeyForm
from orgs.services.service_accounts import ROLES
from rbac import permissions
from rbac.models import WorkspaceRole
from workspaces.account_access import within
from workspaces.scoping import Access

_KINDS = {
    permissions.MEMBER: "Member: enters only the workspaces chosen for it",
    permissions.ADMIN: "Admin: owns every workspace, and looks after the account",
    permissions.OWNER: "Owner: like an Admin, and may delete the account",
}


class ExpiryForm(KeyForm):
    """When a new key expires. Its choices go without a week: machines want longer."""

    DAYS = ("30", "90", "365")


class CreateForm(ExpiryForm):
    """`rights`: the account permissions of who asks; they offer no account role beyond them.

    Each of the workspaces has a field with the roles that can be given there; empty: no role.
    """

    role = forms.ChoiceField(label="Account role", initial=permissions.MEMBER, widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, rights: frozenset[str], places: Iterable[Access], roles: list[WorkspaceRole]
    ) -> None:
        super().__init__(*args)
        self.fields["name"].help_text = "What works with it, for example “nightly worker”."
        self.places = {_field(access.workspace.id): access for access in places}
        self.roles = {str(role.id): role for role in roles}
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = account_roles(rights)
        for name, access in self.places.items():
            usable = within(roles, access)
            self.fields[name] = forms.ChoiceField(
                label=access.workspace.handle,
                required=False,
                choices=[("", "No role"), *((str(one.id), one.name) for one in usable)],
            )

    def workspace_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.places]

    def granted(self) -> list[tuple[Access, WorkspaceRole]]:
        """The workspaces for which a role was chosen."""
        chosen = ((access, self.cleaned_data[name]) for name, access in self.places.items())
        return [(access, self.roles[role]) for access, role in chosen if role]


class EditForm(forms.Form):
    name = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Account role", widget=forms.RadioSelect)

    def __init__(self, *args: Any, rights: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = account_roles(rights)


class RotateForm(ExpiryForm):
    """A new key's expiry, and how long the old one works beside it."""

    GRACES = {"0": "Not at all", "1": "1 hour", "24": "24 hours", "48": "48 hours"}

    grace = forms.ChoiceField(
        label="The old key works on for",
        choices=list(GRACES.items()),
        initial="24",
        widget=forms.RadioSelect,
        help_text="Time to bring the new key to where the old one is used.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"]

    def works_on(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["grace"]))


def account_roles(rights: frozenset[str]) -> list[tuple[str, str]]:
    """The account roles that hold no more than `rights`, with what they mean."""
    return [(role, words) for role, words in _KINDS.items() if role in ROLES and permissions.ROLES[role] <= rights]


def _field(workspace: UUID) -> str:
    return f"workspace-{workspace}"
