"""The Django admin for people, accounts, keys and mail."""

import contextlib
from datetime import date
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Account, ApiKey, OutgoingMail, User
from accounts.services.addresses import vouch_for_address
from accounts.services.handles import account_by_handle, check_handle
from accounts.services.keys import revoke_key
from accounts.services.people import name_account, provision_personal_account
from auditlog.admin import Audited, EntryAdmin, operator
from auditlog.admin_filters import CappedPaginator, TextFilter
from auditlog.models import Entry
from core.pages.forms import CheckedNames
from core.pages.times import local

# Not edited by hand: permissions come from memberships and grants, addresses from confirmation, sessions from sign-in.
for model in (Group, EmailAddress, EmailConfirmation, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

admin.site.unregister(Entry)


def sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Redirect operators to the site's sign-in, and then to the page that they asked for.

    Django's own form would be a second place to guess passwords, without limits.
    """
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(wanted)
    if not admin.site.has_permission(request):
        raise PermissionDenied("Only operators of this installation can open the admin site.")
    return HttpResponseRedirect(wanted)


admin.site.login = sign_in  # type: ignore[method-assign]  # Django offers no setting for it


class NewUserForm(CheckedNames, BaseUserCreationForm[User]):
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
    """Create people, and set passwords. An address changes only by confirming it.

    `workspaces.directory.admin` adds suspension and deletion, which also affect organizations and workspaces.
    """

    noun = "user"
    add_form = NewUserForm
    list_display = ["email", "name", "is_active", "is_staff", "last_seen"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["email", "is_active", "last_login", "created"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name"]}),
        (None, {"fields": ["is_active"], "description": "The actions in the list of users suspend people."}),
        ("Rights", {"fields": ["is_staff", "is_superuser"]}),
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
            vouch_for_address(obj)
            provision_personal_account(obj, handle=form.cleaned_data["handle"], actor=operator(request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """Record a new password. Its form does not call `save_model`, but calls this afterwards."""
        if request.resolver_match and request.resolver_match.url_name == "auth_user_password_change":
            self.record_new_password(request, obj)
        return super().log_change(request, obj, message)

    def record_new_password(self, request: HttpRequest, obj: User) -> None:
        self.record(request, obj, "password-set")

    @admin.display(description="last login", ordering="last_login")
    def last_seen(self, obj: User) -> date | None:
        return local(obj.last_login).date() if obj.last_login else None

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
        """Return False: a personal account is deleted with its person, an organization by its owners."""
        return False

    def account_id(self, obj: Account) -> UUID | None:
        return obj.id


class ExpiryFilter(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not expired"), ("yes", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        expired = Q(expires_at__lte=timezone.now())
        return {"yes": queryset.filter(expired), "no": queryset.exclude(expired)}.get(self.value() or "", queryset)


@admin.register(ApiKey)
class ApiKeyAdmin(Audited[ApiKey]):
    """Keys, shown by prefix and last characters. Their values are not stored."""

    noun = "api-key"
    list_display = ["name", "masked", "user", "expires_at", "last_used_at", "created", "last_used_from"]
    list_filter = [ExpiryFilter]
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
    """Sent and waiting mail, without its text, which may contain a link that signs somebody in."""

    list_display = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    paginator = CappedPaginator
    show_full_result_count = False
    fields = ["created", "recipient", "subject", "sent_at", "attempts", "last_error"]
    search_fields = ["recipient", "subject"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False


class AccountFilter(TextFilter):
    """Filter audit entries by the handle of an account, or by its id if it was deleted."""

    title, parameter_name = "account", "account"

    def matching(self, queryset: QuerySet[Entry], value: str) -> QuerySet[Entry]:
        with contextlib.suppress(ValueError):
            return queryset.filter(account_id=UUID(value))
        account = account_by_handle(value.lower())
        return queryset.filter(account_id=account.id) if account else queryset.none()


@admin.register(Entry)
class NamedEntryAdmin(EntryAdmin):
    """The audit log with the handles of accounts that still exist."""

    list_filter = [AccountFilter, *EntryAdmin.list_filter]
    list_display = ["occurred", "action", "actor_name", "account", "object_name", "workspace_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        handle = Account.objects.filter(id=OuterRef("account_id")).values("handle")[:1]
        return super().get_queryset(request).annotate(account_handle=Subquery(handle))

    @admin.display(description="account")
    def account(self, entry: Entry) -> str:
        return str(getattr(entry, "account_handle", None) or entry.account_id or "–")
