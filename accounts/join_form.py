"""The form to create an account from an invitation. The address is fixed."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.forms import HandleField, split_name
from accounts.models import User
from accounts.services.handles import check_handle
from core.pages.forms import NameField


class JoinForm(forms.Form):
    email = forms.EmailField(
        disabled=True, label="Email", help_text="The invitation is for this address; it cannot be another one."
    )
    name = NameField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = HandleField(
        help_text="Your short name in addresses: lower-case letters, digits and dashes.", check="handle-check"
    )
    password = forms.CharField(
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters, not only digits, and nothing that is easily guessed.",
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["email"] = email

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"]
        check_handle(handle)
        return handle

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "password" in data:
            first, last = split_name(data.get("name", ""))
            try:
                validate_password(data["password"], User(email=data["email"], first_name=first, last_name=last))
            except ValidationError as error:
                self.add_error("password", error)
        return data
