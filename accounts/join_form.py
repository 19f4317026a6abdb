"""Making an account by an invitation: the address is given, and stays."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.forms import HANDLE_INPUT, live_handle, split_name
from accounts.models import User
from accounts.services.handles import check_handle


class JoinForm(forms.Form):
    email = forms.EmailField(
        disabled=True, label="Email", help_text="The invitation is for this address; it cannot be another one."
    )
    name = forms.CharField(max_length=500, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    handle = forms.CharField(
        max_length=63,
        help_text="Your short name in addresses: lower-case letters, digits and dashes.",
        widget=forms.TextInput(attrs={**HANDLE_INPUT, **live_handle("handle-check")}),
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
        handle: str = self.cleaned_data["handle"].strip().lower()
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
