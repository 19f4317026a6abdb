"""Exports and streams in the Django admin: what operators need to find the reason of a failure."""

from django.contrib import admin
from django.http import HttpRequest

from auditlog.admin import operator
from orgs.admin.base import ReadOnly
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.services import delete_export
from workspaces.audit_log.stream_services import delete_stream


@admin.register(AuditExport)
class AuditExportAdmin(ReadOnly):
    noun = "export"
    list_display = ["account", "kind", "created", "finished_at", "entries", "stored", "attempts", "problem"]
    list_select_related = ["account"]
    search_fields = ["account__handle", "actor_name", "problem"]
    exclude = ["query"]

    def delete_model(self, request: HttpRequest, obj: AuditExport) -> None:
        delete_export(obj, actor=operator(request))


@admin.register(AuditStream)
class AuditStreamAdmin(ReadOnly):
    noun = "stream"
    list_display = ["account", "host", "paused_at", "delivered_at", "position", "failures", "last_error"]
    list_select_related = ["account"]
    search_fields = ["account__handle", "actor_name", "last_error"]
    exclude = ["secret", "address"]

    def delete_model(self, request: HttpRequest, obj: AuditStream) -> None:
        delete_stream(obj, actor=operator(request))
