"""Forms of people: sign-up, profile, image, API keys."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone

from accounts.models import User
from accounts.models.accounts import HANDLE_LENGTH
from accounts.services.handles import check_handle
from accounts.services.people import provision_personal_account
from core.pages.forms import NameField
from core.pages.times import zone_name

HANDLE_INPUT = {"autocapitalize": "off", "spellcheck": "false", "autocorrect": "off", "autocomplete": "off"}


def live_handle(check: str) -> dict[str, object]:
    """Return attributes for a handle that follows the name until it is edited.

    The page named `check` says whether the handle is free.
    """
    return {
        "data-handle-from": "id_name",
        "hx-get": reverse_lazy(check),
        "hx-trigger": "input changed delay:300ms",
        "hx-target": "#note-handle",
    }


class HandleField(forms.CharField):
    """A field for a handle, which is converted to lower case.

    `check` is the URL name of a page that tells whether the handle is free while the person types it.
    """

    def __init__(self, *, check: str = "", **options: Any) -> None:
        attributes = {**HANDLE_INPUT, **(live_handle(check) if check else {})}
        super().__init__(max_length=HANDLE_LENGTH, widget=forms.TextInput(attrs=attributes), **options)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").lower()


class SignUpFields(forms.Form):
    """The fields of sign-up besides email and password."""

    name = NameField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = HandleField(
        label="Handle",
        help_text="Your short name in addresses: lower-case letters, digits and dashes.",
        check="handle-check",
    )

    field_order = ["name", "email", "handle", "password1"]

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"]
        check_handle(handle)
        return handle

    def signup(self, request: HttpRequest, user: User) -> None:
        """Add name and account to the new user. allauth calls this once the user is saved."""
        user.first_name, user.last_name = split_name(self.cleaned_data["name"])
        user.save(update_fields=["first_name", "last_name", "updated"])
        provision_personal_account(user, handle=self.cleaned_data["handle"])


class ProfileForm(forms.Form):
    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = HandleField(
        help_text="Part of the address of your workspaces. Settings of clients that name it must follow a change."
    )


class ImageForm(forms.Form):
    image = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG, WebP or GIF, up to 2 MB. It is cut to a square; what a camera wrote into it is dropped.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )


class KeyForm(forms.Form):
    """The name of a key, and when it expires: in some days, on a date or never."""

    DATE, NEVER = "date", "never"
    DAYS: tuple[str, ...] = ("7", "30", "90", "365")

    name = NameField(help_text="Where it will be used, for example “laptop” or “nightly build”.")
    expiry = forms.ChoiceField(
        label="Expires",
        initial="90",
        widget=forms.RadioSelect,
        help_text="Keys without an expiry date are risky if leaked.",
    )
    date = forms.DateField(label="Date", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expiry = self.fields["expiry"]
        assert isinstance(expiry, forms.ChoiceField)
        in_days = [(days, f"In {days} days") for days in self.DAYS]
        expiry.choices = [*in_days, (self.DATE, "On a date"), (self.NEVER, "Never")]
        self.fields["date"].help_text = f"Only with “On a date”. The key expires as this day begins in {zone_name()}."

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("expiry") == self.DATE and "date" not in self.errors:
            chosen: date | None = data.get("date")
            if chosen is None:
                self.add_error("date", "Choose the date.")
            elif chosen <= timezone.localdate():
                self.add_error("date", "Choose a date after today.")
        return data

    def expires_at(self) -> datetime | None:
        choice = self.cleaned_data["expiry"]
        if choice == self.NEVER:
            return None
        if choice == self.DATE:
            return datetime.combine(self.cleaned_data["date"], time(), tzinfo=timezone.get_current_timezone())
        return timezone.now() + timedelta(days=int(choice))


def split_name(name: str) -> tuple[str, str]:
    """Return the first name and the rest."""
    first, _, last = name.strip().partition(" ")
    return first, last.strip()


def blame(form: forms.Form, error: ValidationError, field: str | None) -> None:
    """Show a service's error at the field that caused it. A cap that is reached belongs to no field."""
    at_field = field in form.fields and getattr(error, "code", None) != "limit"
    form.add_error(field if at_field else None, ValidationError(error.messages))
