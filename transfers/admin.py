from django.contrib import admin
from django.http import HttpRequest

from orgs.admin.base import ReadOnly
from transfers.models import Transfer


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    """The transfers of all accounts. Their admins answer them, so that nothing can be changed here."""

    noun = "transfer"
    list_display = ["workspace", "source", "old_handle", "target", "new_handle", "status", "created", "transferred_at"]
    list_filter = ["status"]
    list_select_related = ["workspace__account", "source", "target"]
    search_fields = ["old_handle", "new_handle", "source__handle", "target__handle", "workspace__name"]
    exclude = ["preview", "roles"]

    def has_delete_permission(self, request: HttpRequest, obj: Transfer | None = None) -> bool:
        return False
