from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import Account
from auditlog.admin import Audited
from orgs.models import Membership
from orgs.services.members import keep_an_owner
from rbac import permissions


class MembershipForm(ModelForm[Membership]):
    """An organization keeps an owner, and a personal account has its person alone."""

    class Meta:
        model = Membership
        fields = ("account", "user", "role")

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if account.kind != Account.ORGANIZATION:
            raise ValidationError("A personal account has no members.")
        return account

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if not self.instance._state.adding and role != permissions.OWNER:
            keep_an_owner([self.instance.account_id], without=self.instance.user)
        return role


@admin.register(Membership)
class MembershipAdmin(Audited[Membership]):
    noun = "account-membership"
    form = MembershipForm
    list_display = ["account", "user", "role", "created"]
    list_filter = ["role"]
    list_select_related = ["account", "user"]
    search_fields = ["account__handle", "user__email"]
    autocomplete_fields = ["account", "user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("account", "user") if obj else ()

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        try:
            keep_an_owner([obj.account_id], without=obj.user)
        except ValidationError as error:
            raise PermissionDenied(*error.messages) from error
        super().delete_model(request, obj)
