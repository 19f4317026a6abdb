"""The admin of IP allowlists."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Account
from auditlog.admin import operator
from orgs.admin.base import ReadOnly, require_superuser
from orgs.models import AllowedNetwork
from orgs.services.organizations import update_account_settings


@admin.register(AllowedNetwork)
class AllowedNetworkAdmin(ReadOnly):
    """The networks from which accounts may be used.

    If somebody locked themselves out of an account, a superuser can stop enforcing its list.
    """

    noun = "ip-allowlist"
    list_display = ["network", "account", "enabled", "description", "last_seen"]
    list_filter = ["enabled"]
    list_select_related = ["account"]
    search_fields = ["network", "account__handle"]
    actions = ["stop_enforcing"]

    def has_delete_permission(self, request: HttpRequest, obj: AllowedNetwork | None = None) -> bool:
        return False

    @admin.action(description="Stop enforcing the lists of these accounts", permissions=["view"])
    def stop_enforcing(self, request: HttpRequest, selected: QuerySet[AllowedNetwork]) -> None:
        require_superuser(request)
        for account in Account.objects.filter(id__in=selected.values("account")):
            update_account_settings(account, {"enforce_ip_allowlist": False}, actor=operator(request))
            self.message_user(request, f"{account.handle} may be reached from anywhere now.", messages.SUCCESS)
