"""Forms of a workspace: creating, editing."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.forms import HANDLE_INPUT, live_handle
from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH
from rbac import permissions

_MAY_CREATE = [role for role, held in permissions.ROLES.items() if "create:workspace" in held]


def possible_owners(user: User) -> QuerySet[Account]:
    """The accounts in which `user` may create a workspace; the personal one first."""
    owned = Q(user=user)
    administered = Q(id__in=user.memberships.filter(role__in=_MAY_CREATE, active=True).values("account"))
    return Account.objects.filter(owned | administered).order_by("-kind", "handle")


class _OwnerField(forms.ModelChoiceField[Account]):
    def label_from_instance(self, account: Account) -> str:
        return f"{account.handle} (you)" if account.kind == Account.PERSONAL else f"{account.handle} ({account.name})"


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


class CreateForm(WorkspaceForm):
    owner = _OwnerField(queryset=Account.objects.none(), help_text="The account that the workspace belongs to.")

    field_order = ["owner", "name", "handle", "description"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, _OwnerField)
        owner.queryset = possible_owners(user)
        owner.empty_label = None
        self.fields["handle"].widget.attrs.update({**live_handle("workspace-handle-check"), "hx-include": "#id_owner"})
