"""The form for a new email address."""

from allauth.account.adapter import get_adapter
from django import forms


class EmailForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        label="New email address",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        return email
