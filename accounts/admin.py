"""People, accounts, keys and mail, for operators."""

from datetime import date
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Account, ApiKey, OutgoingMail, User
from accounts.services.handles import check_handle
from accounts.services.keys import revoke_key
from accounts.services.people import name_account, provision_personal_account
from auditlog.admin import Audited, EntryAdmin, operator
from auditlog.models import Entry

# Rights come from memberships and grants, addresses from their confirmation, sessions from signing in: none of them is
# edited by hand.
for model in (Group, EmailAddress, EmailConfirmation, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

admin.site.unregister(Entry)

# The admin's own sign-in would take guesses at operators' passwords without end.
_limited = ratelimit.decorator(app="accounts", action="admin", config={"admin": "10/m/ip"})
admin.site.login = _limited(admin.site.login)  # type: ignore[method-assign]  # Django has no other door


class NewUserForm(BaseUserCreationForm[User]):
    handle = forms.CharField(max_length=63, help_text="Of the personal account: lower-case letters, digits and dashes.")

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_handle(self) -> str:
        handle = str(self.cleaned_data["handle"])
        check_handle(handle)
        return handle


@admin.register(User)
class UserAdmin(Audited[User], DjangoUserAdmin[User]):
    """Make a person, suspend one, set a new password. The address changes only where it is confirmed.

    Deleting takes workspaces along, so that is added upstairs (workspaces/admin.py).
    """

    noun = "user"
    add_form = NewUserForm
    list_display = ["email", "name", "is_active", "is_staff", "last_seen"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["email", "last_login", "created"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Times", {"fields": ["last_login", "created"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "first_name", "last_name", "handle", "password1", "password2"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return self.readonly_fields if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            name_account(obj)
        else:
            obj.save()
            provision_personal_account(obj, handle=form.cleaned_data["handle"], actor=operator(request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """The password form saves without `save_model`; this is what it calls afterwards."""
        if request.resolver_match and request.resolver_match.url_name == "auth_user_password_change":
            self.record(request, obj, "password-set")
        return super().log_change(request, obj, message)

    @admin.display(description="last login", ordering="last_login")
    def last_seen(self, obj: User) -> date | None:
        return obj.last_login.date() if obj.last_login else None

    def account_id(self, obj: User) -> UUID | None:
        return obj.personal_account_id


@admin.register(Account)
class AccountAdmin(Audited[Account]):
    noun = "account"
    list_display = ["handle", "name", "kind", "user", "created"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["handle", "name"]
    readonly_fields = ["kind", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """A personal account goes with its person, an organization only when its owners say so."""
        return False

    def account_id(self, obj: Account) -> UUID | None:
        return obj.id


class InForce(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not expired"), ("yes", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        expired = Q(expires_at__lte=timezone.now())
        return {"yes": queryset.filter(expired), "no": queryset.exclude(expired)}.get(self.value() or "", queryset)


@admin.register(ApiKey)
class ApiKeyAdmin(Audited[ApiKey]):
    """Keys by prefix and last letters; their values are nowhere."""

    noun = "api-key"
    list_display = ["name", "masked", "user", "expires_at", "last_used_at", "created", "last_used_from"]
    list_filter = [InForce]
    list_select_related = ["user"]
    search_fields = ["name", "user__email", "last_four"]
    readonly_fields = ["user", "masked", "created", "last_used_at", "last_used_from"]
    fields = ["name", "expires_at", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        revoke_key(obj.user, obj.id, actor=operator(request))

    def account_id(self, obj: ApiKey) -> UUID | None:
        return obj.user.personal_account_id


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin[OutgoingMail]):
    """What was sent and what waits; never the text, which may hold a link that signs somebody in."""

    list_display = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]
    fields = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]
    search_fields = ["recipient", "subject"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False


@admin.register(Entry)
class NamedEntryAdmin(EntryAdmin):
    """The record with accounts by their handles, where they still exist."""

    list_display = ["occurred", "action", "actor_name", "account", "object_name", "workspace_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        handle = Account.objects.filter(id=OuterRef("account_id")).values("handle")[:1]
        return super().get_queryset(request).annotate(account_handle=Subquery(handle))

    @admin.display(description="account")
    def account(self, entry: Entry) -> str:
        return str(getattr(entry, "account_handle", None) or entry.account_id or "–")
