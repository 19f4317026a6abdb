"""Forms of people: sign-up. The rest of the profile's forms stand beside their pages."""

from django import forms
from django.http import HttpRequest

from accounts.models import User
from accounts.services.people import check_handle, provision_personal_account


class SignUpFields(forms.Form):
    """What sign-up asks beside the email and the password."""

    name = forms.CharField(max_length=500, label="Name")
    handle = forms.CharField(max_length=63, label="Handle", help_text="Lower-case letters, digits and dashes.")

    field_order = ["name", "email", "handle", "password1"]

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"].strip().lower()
        check_handle(handle)
        return handle

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is saved."""
        first, _, last = self.cleaned_data["name"].strip().partition(" ")
        user.first_name, user.last_name = first, last
        user.save(update_fields=["first_name", "last_name", "updated"])
        provision_personal_account(user, handle=self.cleaned_data["handle"])
