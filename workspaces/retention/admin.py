from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.retention.holds import end_hold
from workspaces.retention.models import LegalHold, PruningProgress, Removed


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnly):
    """Workspaces of which nothing is removed. Deleting a row ends the hold."""

    noun = "legal-hold"
    list_display = ["workspace", "reason", "actor_name", "created"]
    list_select_related = ["workspace__account"]
    search_fields = ["workspace__handle", "workspace__account__handle", "reason"]

    def delete_model(self, request: HttpRequest, obj: LegalHold) -> None:
        end_hold(obj.workspace, actor=operator(request))


@admin.register(PruningProgress)
class PruningProgressAdmin(ReadOnly):
    """When each workspace was pruned, and how many rows it has."""

    noun = "pruning"
    list_display = ["workspace", "next_at", "pruned_at", "rows", "rows_a_day", "measured_at", "problem"]
    list_select_related = ["workspace__account"]
    search_fields = ["workspace__handle", "workspace__account__handle"]

    def has_delete_permission(self, request: HttpRequest, obj: PruningProgress | None = None) -> bool:
        return False


@admin.register(Removed)
class RemovedAdmin(ReadOnly):
    """How many rows the retention removed, by day."""

    noun = "removed"
    list_display = ["day", "kind", "rows", "workspace_name", "account_id"]
    list_filter = ["day", "kind"]
    search_fields = ["account_id", "workspace_id", "workspace_name"]

    def has_delete_permission(self, request: HttpRequest, obj: Removed | None = None) -> bool:
        return False
