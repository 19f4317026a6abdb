"""Forms of people: sign-up, profile, image, API keys."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone

from accounts.models import User
from accounts.services.handles import check_handle
from accounts.services.people import provision_personal_account

HANDLE_INPUT = {"autocapitalize": "off", "spellcheck": "false", "autocorrect": "off", "autocomplete": "off"}


def live_handle(check: str) -> dict[str, object]:
    """A handle that follows the name until somebody types one; the page named `check` says whether it is free."""
    return {
        "data-handle-from": "id_name",
        "hx-get": reverse_lazy(check),
        "hx-trigger": "input changed delay:300ms",
        "hx-target": "#note-handle",
    }


class SignUpFields(forms.Form):
    """What sign-up asks beside the email and the password."""

    name = forms.CharField(max_length=500, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = forms.CharField(
        max_length=63,
        label="Handle",
        help_text="Your short name in addresses: lower-case letters, digits and dashes.",
        widget=forms.TextInput(attrs={**HANDLE_INPUT, **live_handle("handle-check")}),
    )

    field_order = ["name", "email", "handle", "password1"]

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"].strip().lower()
        check_handle(handle)
        return handle

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is saved."""
        user.first_name, user.last_name = split_name(self.cleaned_data["name"])
        user.save(update_fields=["first_name", "last_name", "updated"])
        provision_personal_account(user, handle=self.cleaned_data["handle"])


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = forms.CharField(
        max_length=63,
        help_text="Part of the address of your workspaces. Settings of clients that name it must follow a change.",
        widget=forms.TextInput(attrs=HANDLE_INPUT),
    )

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"].strip().lower()
        return handle


class ImageForm(forms.Form):
    image = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG, WebP or GIF, up to 2 MB. It is cut to a square; what a camera wrote into it is dropped.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )


class KeyForm(forms.Form):
    """A name and one of: some days, a date, never."""

    DATE, NEVER = "date", "never"
    DAYS: tuple[str, ...] = ("7", "30", "90", "365")

    name = forms.CharField(max_length=500, help_text="Where it will be used, for example “laptop” or “nightly build”.")
    expiry = forms.ChoiceField(
        label="Expires",
        initial="90",
        widget=forms.RadioSelect,
        help_text="A key that never expires opens the door to whoever finds it, whenever they find it.",
    )
    date = forms.DateField(
        label="Date", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Only with “On a date”."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expiry = self.fields["expiry"]
        assert isinstance(expiry, forms.ChoiceField)
        in_days = [(days, f"In {days} days") for days in self.DAYS]
        expiry.choices = [*in_days, (self.DATE, "On a date"), (self.NEVER, "Never")]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("expiry") == self.DATE and "date" not in self.errors:
            chosen: date | None = data.get("date")
            if chosen is None:
                self.add_error("date", "Choose the date.")
            elif chosen <= timezone.now().date():
                self.add_error("date", "Choose a date after today.")
        return data

    def expires_at(self) -> datetime | None:
        choice = self.cleaned_data["expiry"]
        if choice == self.NEVER:
            return None
        if choice == self.DATE:
            return datetime.combine(self.cleaned_data["date"], time(), tzinfo=UTC)
        return timezone.now() + timedelta(days=int(choice))


def split_name(name: str) -> tuple[str, str]:
    """First name and the rest."""
    first, _, last = name.strip().partition(" ")
    return first, last.strip()


def blame(form: forms.Form, error: ValidationError, field: str | None) -> None:
    """Show what a verb refused at the field that caused it."""
    form.add_error(field if field in form.fields else None, ValidationError(error.messages))
