"""Forms to create and edit a workspace."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet

from accounts.forms import HandleField, live_handle
from accounts.models import Account, User
from core.pages.forms import NameField
from rbac import builtin, permissions
from rbac.models import WorkspaceRole

_EVERYONE = "The role of all members in this workspace. Owners and admins of the organization are always Owner."
_FOR_EVERYONE = (builtin.DEVELOPER, builtin.RUNNER, builtin.VIEWER)
_MAY_CREATE = [role for role, held in permissions.ROLES.items() if permissions.CREATE_WORKSPACE in held]


def possible_owners(user: User) -> QuerySet[Account]:
    """Return the accounts in which the user may create a workspace, the personal account first."""
    personal = Q(user=user)
    as_member = Q(id__in=user.memberships.filter(role__in=_MAY_CREATE, active=True).values("account"))
    return Account.objects.filter(personal | as_member).order_by("-kind", "handle")


class _OwnerField(forms.ModelChoiceField[Account]):
    def label_from_instance(self, account: Account) -> str:
        return f"{account.handle} (you)" if account.kind == Account.PERSONAL else f"{account.handle} ({account.name})"


class _OwnerSelect(forms.Select):
    """Marks the options of organizations, for which the form shows the default role."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        account = getattr(value, "instance", None)
        if account is not None and account.kind == Account.ORGANIZATION:
            option["attrs"]["data-organization"] = ""
        return option


class WorkspaceForm(forms.Form):
    """Name, handle and description of a workspace."""

    name = NameField(help_text="Display name")
    handle = HandleField(help_text="Used in URLs and commands: lowercase letters, digits and dashes.")
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the workspace is for.",
    )


class EditForm(WorkspaceForm):
    """The form to edit a workspace. `roles` are the choices for the default role; None removes the field."""

    default_role = forms.ChoiceField(label="Default role", required=False, help_text=_EVERYONE)

    def __init__(self, roles: Iterable[WorkspaceRole] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if roles is None:
            del self.fields["default_role"]
        else:
            _set_role_choices(self, [(str(role.id), role.name) for role in roles])


class CreateForm(WorkspaceForm):
    """The form to create a workspace of one of the accounts `owners`."""

    owner = _OwnerField(
        queryset=Account.objects.none(),
        widget=_OwnerSelect,
        help_text="The account that the workspace belongs to.",
    )
    default_role = forms.ChoiceField(label="Default role", required=False, help_text=_EVERYONE)

    field_order = ["owner", "name", "handle", "description", "default_role"]

    def __init__(self, owners: QuerySet[Account], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, _OwnerField)
        owner.queryset = owners
        if owner.queryset.filter(kind=Account.ORGANIZATION).exists():
            _set_role_choices(self, [(str(builtin.IDS[name]), name) for name in _FOR_EVERYONE])
        else:
            del self.fields["default_role"]
        owner.empty_label = None
        self.fields["handle"].widget.attrs.update({**live_handle("workspace-handle-check"), "hx-include": "#id_owner"})

    def clean(self) -> dict[str, Any]:
        """Refuse a default role in a personal account's workspace."""
        owner = self.cleaned_data.get("owner")
        if owner is not None and owner.kind == Account.PERSONAL and self.cleaned_data.get("default_role"):
            self.add_error("default_role", "A personal account has no members. Choose “No access”.")
        return self.cleaned_data


def _set_role_choices(form: forms.Form, roles: list[tuple[str, str]]) -> None:
    field = cast(forms.ChoiceField, form.fields["default_role"])
    field.choices = [("", "No access"), *roles]
