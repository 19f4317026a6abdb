from django.contrib import admin

from auditlog.admin import Audited
from orgs.models import Membership


@admin.register(Membership)
class MembershipAdmin(Audited[Membership]):
    noun = "account-membership"
    list_display = ["account", "user", "role", "created"]
    list_filter = ["role"]
    list_select_related = ["account", "user"]
    search_fields = ["account__handle", "user__email"]
    autocomplete_fields = ["account", "user"]
