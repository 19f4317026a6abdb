"""The form that starts a transfer."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from accounts.forms import HandleField
from accounts.models.accounts import HANDLE_LENGTH
from rbac.models import WorkspaceRole

_DAY = int(timedelta(days=1).total_seconds())
_GRACE = [
    (7 * _DAY, "7 days"),
    (_DAY, "1 day"),
    (30 * _DAY, "30 days"),
    (90 * _DAY, "90 days"),
    (0, "Not at all"),
]
_PREFIX = "role_"
ENDS = "-"  # the value of the choice that ends a grant


class TransferForm(forms.Form):
    """Where the workspace goes, and on which terms. `own_roles` each get a field with the roles of the target."""

    to = forms.CharField(
        label="New owner",
        max_length=HANDLE_LENGTH + 1,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "list": "own-accounts"}),
        help_text="The handle of one of your accounts, or of another one, whose admins are then asked.",
    )
    handle = HandleField(label="New handle", help_text="It must be free there.")
    keep = forms.TypedChoiceField(
        label="Serve old API addresses for",
        coerce=int,
        choices=_GRACE,
        help_text="So that running flows and workers go on until they have the new address.",
    )

    def set_roles(self, own_roles: Iterable[WorkspaceRole], choices: Iterable[WorkspaceRole], chosen: Any) -> None:
        """Add a field for each custom role. `chosen` are the roles that are selected at first.

        The form is bound by then, so they are added to its data: an empty choice would show the first role, Owner.
        """
        bound: Any = self.data
        self.data = data = bound.copy()
        options = [(str(role.id), role.name) for role in choices]
        for role in own_roles:
            name = f"{_PREFIX}{role.id}"
            self.fields[name] = forms.ChoiceField(
                label=f"Instead of {role.name}", choices=[*options, (ENDS, "No role: access ends")]
            )
            data.setdefault(name, str(chosen.get(role.id) or ENDS))

    def roles(self) -> dict[UUID, UUID | None]:
        """Return the chosen roles."""
        found: dict[UUID, UUID | None] = {}
        for name, value in self.cleaned_data.items():
            if name.startswith(_PREFIX) and value:
                found[UUID(name.removeprefix(_PREFIX))] = None if value == ENDS else UUID(value)
        return found

    @property
    def role_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith(_PREFIX)]
