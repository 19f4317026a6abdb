"""Accounts with what they hold."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.admin import AccountAdmin
from accounts.models import Account
from accounts.services.handles import change_handle
from auditlog.admin import operator
from orgs.admin.base import refusals
from orgs.models import Invitation, Membership, Team
from orgs.services.organizations import update_organization
from rbac.models import WorkspaceRole

PROFILE = ("location", "link", "billing_email", "auth_expiration_seconds")
admin.site.unregister(Account)


@admin.register(Account)
class OwnedAccountAdmin(AccountAdmin):
    """Accounts with what they hold, and an organization's profile."""

    fields = ["kind", "handle", "name", "user", *PROFILE, "holdings", "created"]
    readonly_fields = ["kind", "user", "holdings", "created"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        return [*self.readonly_fields, *(PROFILE if obj and obj.kind == Account.PERSONAL else ())]

    def save_model(self, request: HttpRequest, obj: Account, form: ModelForm[Account], change: bool) -> None:
        row = Account.objects.get(pk=obj.pk)
        with refusals():
            if row.kind == Account.ORGANIZATION:
                new = {field: getattr(obj, field) for field in form.changed_data}
                update_organization(row, actor=operator(request), **new)
                return
            if "handle" in form.changed_data:
                change_handle(row, obj.handle)  # the old one leads on
        super().save_model(request, obj, form, change)

    @admin.display(description="holds")
    def holdings(self, obj: Account) -> SafeString:
        """How many of each, as links to their lists."""
        counted = (
            ("members", "orgs_membership", Membership.objects.filter(account=obj).count()),
            ("teams", "orgs_team", Team.objects.filter(account=obj, everyone=False).count()),
            ("service accounts", "orgs_serviceaccount", obj.service_accounts.count()),
            ("invitations", "orgs_invitation", Invitation.objects.filter(account=obj).count()),
            ("roles of its own", "rbac_workspacerole", WorkspaceRole.objects.filter(account=obj).count()),
        )
        lines = ((reverse(f"admin:{page}_changelist"), obj.handle, number, noun) for noun, page, number in counted)
        return format_html_join("", '<div><a href="{}?q={}">{} {}</a></div>', lines)
