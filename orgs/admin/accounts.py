"""The admin of accounts."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin import AccountAdmin
from accounts.models import Account
from accounts.services.handles import change_handle
from auditlog.actors import USER
from auditlog.admin import operator
from orgs.admin.base import refusals_as_403
from orgs.admin.plans import AccountPlanInline, save_account_plan
from orgs.models import Invitation, Membership, ServiceAccount, Team
from orgs.services.organizations import update_organization
from rbac.models import WorkspaceRole

PROFILE = ("location", "link", "billing_email", "auth_expiration_seconds")
admin.site.unregister(Account)


@admin.register(Account)
class OwnedAccountAdmin(AccountAdmin):
    """Accounts, with links to what belongs to them, and the profile of organizations."""

    fields = ["kind", "handle", "name", "user", *PROFILE, "holdings", "created"]
    readonly_fields = ["kind", "user", "holdings", "created"]
    list_filter = ["kind", "account_plan__plan"]
    inlines = [AccountPlanInline]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        return [*self.readonly_fields, *(PROFILE if obj and obj.kind == Account.PERSONAL else ())]

    def save_model(self, request: HttpRequest, obj: Account, form: ModelForm[Account], change: bool) -> None:
        row = Account.objects.get(pk=obj.pk)
        with refusals_as_403():
            if row.kind == Account.ORGANIZATION:
                new = {field: getattr(obj, field) for field in form.changed_data}
                update_organization(row, actor=operator(request), **new)
                return
            if "handle" in form.changed_data:
                change_handle(row, obj.handle)  # also redirects the old handle
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        save_account_plan(request, form.instance, formset)

    @admin.display(description="holds")
    def holdings(self, obj: Account) -> SafeString:
        """Show how many people, teams and so on there are, as links to their lists."""
        people = Membership.objects.filter(account=obj, user__kind=USER)
        service_accounts = ServiceAccount.objects.filter(home_account=obj)
        counts = (
            ("People", "orgs_membership", f"&user__kind__exact={USER}", people.count()),
            ("Teams", "orgs_team", "", Team.objects.filter(account=obj, everyone=False).count()),
            ("Service accounts", "orgs_serviceaccount", "", service_accounts.count()),
            ("Invitations", "orgs_invitation", "", Invitation.objects.filter(account=obj).count()),
            ("Custom roles", "rbac_workspacerole", "", WorkspaceRole.objects.filter(account=obj).count()),
        )
        lines = (
            (reverse(f"admin:{page}_changelist"), obj.handle, only, noun, number) for noun, page, only, number in counts
        )
        entries = reverse("admin:auditlog_entry_changelist")
        return format_html('<div><a href="{}?account={}">Audit entries</a></div>', entries, obj.id) + format_html_join(
            "", '<div><a href="{}?q={}{}">{}: {}</a></div>', lines
        )
