"""Forms of a workspace: creating, editing."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet

from accounts.forms import HANDLE_INPUT, live_handle
from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH
from rbac import builtin, permissions
from rbac.models import WorkspaceRole

_EVERYONE = "What its members may do here without having been let in. Owners and admins may do everything anyway."
_FOR_EVERYONE = (builtin.DEVELOPER, builtin.RUNNER, builtin.VIEWER)
_MAY_CREATE = [role for role, held in permissions.ROLES.items() if "create:workspace" in held]


def possible_owners(user: User) -> QuerySet[Account]:
    """The accounts in which `user` may create a workspace; the personal one first."""
    owned = Q(user=user)
    administered = Q(id__in=user.memberships.filter(role__in=_MAY_CREATE, active=True).values("account"))
    return Account.objects.filter(owned | administered).order_by("-kind", "handle")


class _OwnerField(forms.ModelChoiceField[Account]):
    def label_from_instance(self, account: Account) -> str:
        return f"{account.handle} (you)" if account.kind == Account.PERSONAL else f"{account.handle} ({account.name})"


class _OwnerSelect(forms.Select):
    """Marks the organizations, for which there is more to choose."""

    def create_option(self, name: str, value: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **more)
        account = getattr(value, "instance", None)
        if account is not None and account.kind == Account.ORGANIZATION:
            option["attrs"]["data-organization"] = ""
        return option


class WorkspaceForm(forms.Form):
    """Name, handle and description of a workspace."""

    name = forms.CharField(max_length=500, help_text="As people call it.")
    handle = forms.CharField(
        max_length=HANDLE_LENGTH,
        help_text="Its short name in addresses and commands: lower-case letters, digits and dashes.",
        widget=forms.TextInput(attrs=HANDLE_INPUT),
    )
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What runs here, and for whom.",
    )

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"].strip().lower()
        return handle


class EditForm(WorkspaceForm):
    """`roles`: those that may be given to everyone; none for a personal account, where there is nobody else."""

    default_role = forms.ChoiceField(label="Everyone in the organization", required=False, help_text=_EVERYONE)

    def __init__(self, roles: Iterable[WorkspaceRole] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if roles is None:
            del self.fields["default_role"]
        else:
            _offer(self, [(str(role.id), role.name) for role in roles])


class CreateForm(WorkspaceForm):
    owner = _OwnerField(
        queryset=Account.objects.none(),
        widget=_OwnerSelect,
        help_text="The account that the workspace belongs to.",
    )
    default_role = forms.ChoiceField(label="Anyone in the organization", required=False, help_text=_EVERYONE)

    field_order = ["owner", "name", "handle", "description", "default_role"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, _OwnerField)
        owner.queryset = possible_owners(user)
        if owner.queryset.filter(kind=Account.ORGANIZATION).exists():
            _offer(self, [(str(builtin.IDS[name]), name) for name in _FOR_EVERYONE])
        else:
            del self.fields["default_role"]
        owner.empty_label = None
        self.fields["handle"].widget.attrs.update({**live_handle("workspace-handle-check"), "hx-include": "#id_owner"})


def _offer(form: forms.Form, roles: list[tuple[str, str]]) -> None:
    field = cast(forms.ChoiceField, form.fields["default_role"])
    field.choices = [("", "No access"), *roles]
