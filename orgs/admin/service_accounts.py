"""Service accounts, suspended and deleted."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from auditlog.admin import Audited, operator
from orgs.admin.base import refusals
from orgs.models import Membership, ServiceAccount
from orgs.services.members import set_active
from orgs.services.service_accounts import delete_service_account

_MOST_KEYS = 20


@admin.register(ServiceAccount)
class ServiceAccountAdmin(Audited[ServiceAccount]):
    """Suspended, let in again and deleted here; made, with the key that is shown once, by its organization."""

    noun = "service-account"
    list_display = ["first_name", "home_account", "is_active", "created"]
    list_filter = ["is_active"]
    list_select_related = ["home_account"]
    search_fields = ["first_name", "home_account__handle"]
    fields = ["first_name", "home_account", "is_active", "role", "keys", "created"]
    readonly_fields = ["first_name", "home_account", "role", "keys", "created"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: ServiceAccount, form: ModelForm[ServiceAccount], change: bool
    ) -> None:
        if "is_active" in form.changed_data:
            membership = Membership.objects.select_related("account", "user").get(user=obj, account=obj.home_account)
            with refusals():
                set_active(membership, obj.is_active, actor=operator(request))

    def delete_model(self, request: HttpRequest, obj: ServiceAccount) -> None:
        with refusals():
            delete_service_account(obj, actor=operator(request))

    @admin.display(description="account role")
    def role(self, obj: ServiceAccount) -> str:
        return Membership.objects.filter(user=obj).values_list("role", flat=True).first() or "–"

    @admin.display(description="keys")
    def keys(self, obj: ServiceAccount) -> SafeString | str:
        """By what of them may be seen."""
        found = obj.api_keys.order_by("-created")[:_MOST_KEYS]
        return format_html_join("", "<div><code>{}</code> {}</div>", ((key.masked, _fate(key)) for key in found)) or "–"

    def account_id(self, obj: ServiceAccount) -> Any:
        return obj.home_account_id


def _fate(key: Any) -> str:
    if key.expired:
        return "expired"
    return f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "never expires"
