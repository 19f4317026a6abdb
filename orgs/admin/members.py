"""The admin of memberships. It calls the services, so that teams and grants are updated as well."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import Account
from auditlog.admin import Audited, operator
from orgs.admin.base import refusals_as_403
from orgs.models import Membership, ServiceAccount
from orgs.services.members import add_member, change_role, check_keeps_owner, remove_member, set_active
from orgs.services.service_accounts import delete_service_account
from rbac import permissions


class MembershipForm(ModelForm[Membership]):
    """Check that the role fits the account, and that an organization keeps an owner."""

    class Meta:
        model = Membership
        fields = ("account", "user", "role", "active")

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if account.kind != Account.ORGANIZATION:
            raise ValidationError("A personal account has no members.")
        return account

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        adding = self.instance._state.adding
        account = data.get("account") if adding else self.instance.account
        role = data.get("role")
        if account and (role == permissions.COLLABORATOR) is (account.kind == Account.ORGANIZATION):
            self.add_error("role", "An organization has members, a personal account collaborators.")
        stays = role == permissions.OWNER and data.get("active", True)
        if not adding and self.initial["role"] == permissions.OWNER and not stays:
            check_keeps_owner([self.instance.account_id], without=self.instance.user)
        return data


@admin.register(Membership)
class MembershipAdmin(Audited[Membership]):
    noun = "account-membership"
    form = MembershipForm
    list_display = ["account", "user", "role", "active", "created"]
    list_filter = ["role", "active", "user__kind"]
    list_select_related = ["account", "user"]
    search_fields = ["account__handle", "user__email"]
    autocomplete_fields = ["account", "user"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("account", "user") if obj else ("active",)

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:
        with refusals_as_403():
            if not change:
                membership = add_member(obj.account, user=obj.user, role=obj.role, actor=operator(request))
                obj.pk, obj._state.adding = membership.pk, False
                return
            row = Membership.objects.select_related("account", "user").get(pk=obj.pk)
            if "role" in form.changed_data:
                change_role(row, obj.role, actor=operator(request))
            if "active" in form.changed_data:
                set_active(row, obj.active, actor=operator(request))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        with refusals_as_403():
            if obj.user.is_person:
                remove_member(obj, actor=operator(request))
            else:
                delete_service_account(ServiceAccount.objects.get(pk=obj.user_id), actor=operator(request))
