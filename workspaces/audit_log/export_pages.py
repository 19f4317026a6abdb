"""Pages of the audit log's exports: the list with their progress, and the forms to create, download and delete one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import sent_once
from core.downloads import counted_download
from core.errors import Conflict
from orgs.pages import AccountRequest, account_address, account_page
from rbac import permissions
from workspaces.audit_log.filters import read_filter
from workspaces.audit_log.log_tabs import log_tabs
from workspaces.audit_log.models import AuditExport
from workspaces.audit_log.services import (
    KEPT,
    delete_export,
    file_parts,
    find_export,
    record_download,
    request_export,
)

_CONTENT_TYPES = {AuditExport.CSV: "text/csv", AuditExport.JSONL: "application/x-ndjson"}
_LAST_ANSWER = 286  # ends the page's polling


@account_page(permissions.READ_AUDIT_EVENT)
@require_safe
def exports(request: AccountRequest) -> HttpResponse:
    """Show the exports of the account, or their rows alone when the page polls."""
    rows = AuditExport.objects.filter(account=request.account).select_related("account")
    context = {"rows": list(rows), "days": KEPT.days, "tabs": log_tabs(request.account, "audit-log-exports")}
    context["unfinished"] = unfinished = any(row.finished_at is None for row in rows)
    if not request.headers.get("X-Poll"):
        return render(request, "workspaces/audit_log/exports.html", context)
    status = 200 if unfinished else _LAST_ANSWER
    return render(request, "workspaces/audit_log/_exports.html", context, status=status)


@sent_once
@account_page(permissions.READ_AUDIT_EVENT)
@require_POST
def create(request: AccountRequest) -> HttpResponse:
    """Request an export of what the filters of the query string find."""
    try:
        request_export(
            request.account,
            kind=request.POST.get("format", ""),
            entry_filter=read_filter(request.GET),
            actor=request.user.as_actor(),
        )
    except Conflict as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "audit-log-exports"))


@account_page(permissions.READ_AUDIT_EVENT)
@require_POST
def download(request: AccountRequest, export_id: UUID) -> HttpResponseBase:
    export = find_export(request.account, export_id)
    response = counted_download(request.account.id, file_parts(export), _CONTENT_TYPES[export.kind])
    if response is None:
        messages.error(request, "Too many downloads at once. Try again in a few seconds.")
        return redirect(account_address(request.account, "audit-log-exports"))
    try:
        record_download(export, actor=request.user.as_actor())
    except BaseException:
        response.stop_counting()
        raise
    response["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    response["Content-Length"] = str(export.size)
    return response


@sent_once
@account_page(permissions.READ_AUDIT_EVENT)
@require_http_methods(["GET", "POST"])
def delete(request: AccountRequest, export_id: UUID) -> HttpResponse:
    export = find_export(request.account, export_id)
    if request.method != "POST":
        return render(request, "workspaces/audit_log/export_delete.html", {"export": export})
    delete_export(export, actor=request.user.as_actor())
    messages.success(request, "The export was deleted.")
    return redirect(account_address(request.account, "audit-log-exports"))
