"""Pages of the audit log's streams: the list with the backlog of each, and forms to create and change one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import blame
from accounts.key_creation import create_secret_once
from accounts.pages import sent_once
from auditlog.models import Chain, Entry
from core.errors import Conflict, Invalid
from core.outgoing import LONGEST_ADDRESS
from orgs.models.plans import AUDIT_STREAMS
from orgs.pages import AccountRequest, account_address, account_page
from orgs.plans import require_feature
from rbac import permissions
from workspaces.audit_log.log_tabs import log_tabs
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.stream_services import (
    MOST_STREAMS,
    create_stream,
    delete_stream,
    find_stream,
    pause_stream,
    request_test,
    resume_stream,
)

READ, WRITE = permissions.READ_AUDIT_EVENT, permissions.UPDATE_ACCOUNT


class StreamForm(forms.Form):
    address = forms.CharField(
        max_length=LONGEST_ADDRESS,
        help_text="A public address that begins with https://. It gets the entries from now on.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream with its backlog: how many entries wait, and when the oldest of them occurred."""

    stream: AuditStream
    waiting: int
    oldest: datetime | None


@account_page(READ)
@require_safe
def streams(request: AccountRequest) -> HttpResponse:
    """Show the streams of the account, or their rows alone when the page polls."""
    rows = AuditStream.objects.filter(account=request.account)
    end = Chain.objects.filter(account_id=request.account.id).values_list("position", flat=True).first() or 0
    context = {
        "rows": [_row(stream, end) for stream in rows],
        "most": MOST_STREAMS,
        "may_change": request.account_access.may(WRITE),
        "tabs": log_tabs(request.account, "audit-log-streams"),
    }
    template = "_streams" if request.headers.get("X-Poll") else "streams"
    return render(request, f"workspaces/audit_log/{template}.html", context)


@account_page(WRITE)
@require_http_methods(["GET", "POST"])
def create(request: AccountRequest) -> HttpResponse:
    """Create a stream, and show its secret once."""
    require_feature(request.account, AUDIT_STREAMS)
    form = StreamForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    address = form.cleaned_data["address"]
    try:
        created = create_secret_once(
            request,
            lambda: create_stream(request.account, address=address, actor=request.user.as_actor()),
            AuditStream.objects.filter(account=request.account),
        )
    except Invalid as error:
        blame(form, error, "address")
        return _form(request, form)
    if created is None:
        return redirect(account_address(request.account, "audit-log-streams"))
    stream, secret = created
    response = render(request, "workspaces/audit_log/stream_secret.html", {"stream": stream, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@sent_once
@account_page(WRITE)
@require_POST
def pause(request: AccountRequest, stream_id: UUID) -> HttpResponse:
    pause_stream(find_stream(request.account, stream_id), actor=request.user.as_actor())
    return redirect(account_address(request.account, "audit-log-streams"))


@sent_once
@account_page(WRITE)
@require_POST
def resume(request: AccountRequest, stream_id: UUID) -> HttpResponse:
    resume_stream(find_stream(request.account, stream_id), actor=request.user.as_actor())
    return redirect(account_address(request.account, "audit-log-streams"))


@sent_once
@account_page(WRITE)
@require_POST
def test(request: AccountRequest, stream_id: UUID) -> HttpResponse:
    """Send a test message in the background. The page shows the result."""
    try:
        request_test(find_stream(request.account, stream_id), actor=request.user.as_actor())
    except Conflict as error:
        messages.error(request, " ".join(error.messages))
    return redirect(account_address(request.account, "audit-log-streams"))


@sent_once
@account_page(WRITE)
@require_http_methods(["GET", "POST"])
def delete(request: AccountRequest, stream_id: UUID) -> HttpResponse:
    stream = find_stream(request.account, stream_id)
    if request.method != "POST":
        return render(request, "workspaces/audit_log/stream_delete.html", {"stream": stream})
    delete_stream(stream, actor=request.user.as_actor())
    messages.success(request, f"The stream to {stream.host} was deleted.")
    return redirect(account_address(request.account, "audit-log-streams"))


def _form(request: AccountRequest, form: StreamForm) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "workspaces/audit_log/stream_create.html", {"form": form}, status=status)


def _row(stream: AuditStream, end: int) -> StreamRow:
    if end <= stream.position:
        return StreamRow(stream, 0, None)
    entries: Any = Entry.objects.filter(account_id=stream.account_id, position__gt=stream.position)
    oldest = entries.order_by("position").values_list("occurred", flat=True).first()
    return StreamRow(stream, end - stream.position, oldest)
