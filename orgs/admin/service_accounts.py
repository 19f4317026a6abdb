"""The admin of service accounts, which suspends and deletes them."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from auditlog.admin import Audited, operator
from core.pages.times import minute
from orgs.admin.base import refusals_as_403
from orgs.models import Membership, ServiceAccount
from orgs.services.members import set_active
from orgs.services.service_accounts import delete_service_account

_MOST_KEYS = 20


@admin.register(ServiceAccount)
class ServiceAccountAdmin(Audited[ServiceAccount]):
    """Service accounts. They are created on the pages of their account, which show the key once."""

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
            with refusals_as_403():
                set_active(membership, obj.is_active, actor=operator(request))

    def delete_model(self, request: HttpRequest, obj: ServiceAccount) -> None:
        with refusals_as_403():
            delete_service_account(obj, actor=operator(request))

    @admin.display(description="account role")
    def role(self, obj: ServiceAccount) -> str:
        return Membership.objects.filter(user=obj).values_list("role", flat=True).first() or "–"

    @admin.display(description="keys")
    def keys(self, obj: ServiceAccount) -> SafeString | str:
        """Show the newest keys, masked, with their expiry."""
        newest = obj.api_keys.order_by("-created")[:_MOST_KEYS]
        lines = ((key.masked, _expiry(key)) for key in newest)
        return format_html_join("", "<div><code>{}</code> {}</div>", lines) or "–"

    def account_id(self, obj: ServiceAccount) -> Any:
        return obj.home_account_id


def _expiry(key: Any) -> str:
    if key.expired:
        return "expired"
    return f"until {minute(key.expires_at)}" if key.expires_at else "never expires"
