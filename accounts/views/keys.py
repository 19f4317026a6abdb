"""API keys: the list, making one (its value is shown by that answer alone), revoking one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.forms import KeyForm
from accounts.models import ApiKey
from accounts.pages import PersonRequest, secret_once, sent_once, signed_in
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
    made = make_once(request, name=form.cleaned_data["name"].strip(), expires_at=form.expires_at())
    if made is None:
        messages.info(request, "This key was made already. Its value was shown once; revoke it if you lost it.")
        return redirect("api-keys")
    key, value = made
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
    messages.success(request, f"The key “{key.name}” is revoked. It opens nothing any more.")
    return redirect("api-keys")


def make_once(request: PersonRequest, *, name: str, expires_at: datetime | None) -> tuple[ApiKey, str] | None:
    """A key for this sending of the form, as `secret_once` has it."""
    user, actor = request.user, request.user.as_actor()

    def make() -> tuple[UUID, tuple[ApiKey, str]]:
        key, value = create_key(user, name=name, expires_at=expires_at, actor=actor)
        return key.id, (key, value)

    def again(key_id: UUID) -> tuple[UUID, tuple[ApiKey, str]]:
        revoke_key(user, key_id, actor=actor)
        return make()

    return secret_once(request, make, again)
