"""Pages of API keys: list, create (the value is shown once) and revoke."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.forms import KeyForm, blame
from accounts.key_creation import create_key_once
from accounts.models import ApiKey
from accounts.pages import PersonRequest, sent_once, signed_in
from accounts.services.keys import create_key, revoke_key

SOON = timedelta(days=7)


@signed_in
@require_safe
def keys(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    rows = [
        {
            "key": key,
            "expired": key.expired,
            "soon": key.expires_at is not None and key.expires_at - now < SOON,
            "dialog": f"revoke-{key.id}",
            "question": f"Revoke “{key.name}”?",
        }
        for key in request.user.api_keys.order_by("-created")
    ]
    return render(request, "accounts/keys.html", {"rows": rows})


@signed_in
def create(request: PersonRequest) -> HttpResponse:
    form = KeyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "accounts/key_create.html", {"form": form}, status=status)
    try:
        created = create_own_key(request, name=form.cleaned_data["name"].strip(), expires_at=form.expires_at())
    except ValidationError as error:
        blame(form, error, None)
        return render(request, "accounts/key_create.html", {"form": form}, status=422)
    if created is None:
        messages.info(request, "This key was already created and shown once. Revoke it if you lost its value.")
        return redirect("api-keys")
    key, value = created
    response = render(request, "accounts/key_created.html", {"key": key, "value": value})
    response["Cache-Control"] = "no-store"
    return response


@signed_in
@sent_once
def revoke(request: PersonRequest, key_id: UUID) -> HttpResponse:
    key = request.user.api_keys.filter(id=key_id).first()
    if key is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/key_revoke.html", {"key": key})
    revoke_key(request.user, key_id, actor=request.user.as_actor())
    messages.success(request, f"The key “{key.name}” is revoked. It no longer works.")
    return redirect("api-keys")


def create_own_key(request: PersonRequest, *, name: str, expires_at: datetime | None) -> tuple[ApiKey, str] | None:
    """Create a key for the signed-in person, once per submitted form (see `create_key_once`)."""
    user = request.user
    return create_key_once(request, lambda: create_key(user, name=name, expires_at=expires_at, actor=user.as_actor()))
