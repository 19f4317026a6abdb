from django.contrib import admin
from django.http import HttpRequest

from auditlog.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin[Entry]):
    list_display = ["occurred", "action", "actor_name", "object_name", "account_id", "workspace_id"]
    list_filter = ["action"]
    search_fields = ["actor_name", "object_name", "object_id", "account_id", "workspace_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False
