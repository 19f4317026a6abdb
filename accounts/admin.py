from django.contrib import admin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.http import HttpRequest

from accounts.models import Account, ApiKey, OutgoingMail, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "last_login", "created"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    fields = ["email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login", "created"]
    readonly_fields = ["last_login", "created"]
    change_password_form = AdminPasswordChangeForm


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin[Account]):
    list_display = ["handle", "name", "kind", "user", "created"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["handle", "name"]
    readonly_fields = ["kind", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """Keys by prefix and last letters; their values are nowhere."""

    list_display = ["name", "masked", "user", "created", "expires_at", "last_used_at", "last_used_from"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email", "last_four"]
    readonly_fields = ["user", "masked", "created", "last_used_at", "last_used_from"]
    fields = ["name", "expires_at", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin[OutgoingMail]):
    list_display = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]
    fields = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False
