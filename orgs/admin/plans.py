"""The admin of plans, and of the plan of an account on the account's page."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Account
from auditlog.admin import Audited, operator
from orgs.admin.base import refusals_as_403
from orgs.models import AccountPlan, Plan
from orgs.models.plans import FEATURES, LIMITS, RATES, RETENTION
from orgs.services.plans import OWN_FIELDS, create_plan, delete_plan, set_account_plan, update_plan

_GROUPS: list[tuple[str, list[str]]] = [
    ("Limits", list(LIMITS.values())),
    ("Rates", list(RATES.values())),
    ("Retention", list(RETENTION.values())),
    ("Features", list(FEATURES.values())),
]
_SECTIONS: list[Any] = [(title, {"fields": fields}) for title, fields in _GROUPS]


@admin.register(Plan)
class PlanAdmin(Audited[Plan]):
    """Plans. A change applies to all accounts with the plan within seconds. A lower limit deletes nothing."""

    noun = "plan"
    list_display = ["name", "is_default", "given_to", "description", "updated"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "is_default", "accounts_with_it"]}),
        *_SECTIONS,
    ]
    readonly_fields = ["is_default", "accounts_with_it"]
    actions = ["make_default"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(account_count=Count("accounts"))

    @admin.action(description="Make the selected plan the default", permissions=["change"])
    def make_default(self, request: HttpRequest, selected: QuerySet[Plan]) -> None:
        if len(selected) != 1:
            self.message_user(request, "Select one plan.", messages.ERROR)
            return
        with refusals_as_403():
            update_plan(selected[0], {"is_default": True}, actor=operator(request))
        self.message_user(request, f"{selected[0]} is the default plan now.", messages.SUCCESS)

    @admin.display(description="given to", ordering="account_count")
    def given_to(self, obj: Plan) -> str:
        number: int = obj.account_count  # type: ignore[attr-defined]  # annotated
        others = " and all accounts without a plan" if obj.is_default else ""
        return f"{number:,} {'account' if number == 1 else 'accounts'}{others}"

    @admin.display(description="accounts")
    def accounts_with_it(self, obj: Plan) -> SafeString | str:
        if obj._state.adding:
            return "–"
        accounts = reverse("admin:accounts_account_changelist")
        return format_html('<a href="{}?account_plan__plan__id__exact={}">{}</a>', accounts, obj.pk, self.given_to(obj))

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm[Plan], change: bool) -> None:
        with refusals_as_403():
            if change:
                new = {field: form.cleaned_data[field] for field in form.changed_data}
                update_plan(Plan.objects.get(pk=obj.pk), new, actor=operator(request))
            else:
                obj.pk = create_plan(form.cleaned_data, actor=operator(request)).pk

    def delete_model(self, request: HttpRequest, obj: Plan) -> None:
        with refusals_as_403():
            delete_plan(obj, actor=operator(request))


class AccountPlanInline(admin.StackedInline[AccountPlan, Account]):
    """The plan of an account. `OwnedAccountAdmin` saves it."""

    model = AccountPlan
    verbose_name_plural = "plan"
    can_delete = False
    max_num = 1
    fieldsets = [
        (None, {"fields": ["plan", "note"]}),
        (
            "What differs from the plan",
            {
                "fields": [field for _, fields in _GROUPS for field in fields],
                "description": "Empty is what the plan says. In a number, -1 is no limit.",
                "classes": ["collapse"],
            },
        ),
    ]


def save_account_plan(request: HttpRequest, account: Account, formset: BaseModelFormSet[Any, Any]) -> None:
    """Save what the inline form of an account's plan says."""
    formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
    for form in formset.forms:
        if form.has_changed():
            new = {field: form.cleaned_data[field] for field in OWN_FIELDS if field in form.cleaned_data}
            with refusals_as_403():
                set_account_plan(Account.objects.get(pk=account.pk), new, actor=operator(request))
