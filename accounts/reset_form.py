"""The form that asks for a password reset link."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, default_token_generator
from django.http import HttpRequest

from accounts.models import User


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """Do the same work for known and unknown addresses, so that the response time does not tell them apart."""

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **more: Any) -> str:
        if not self.users:
            key = default_token_generator.make_token(User(email=self.cleaned_data["email"]))
            get_adapter().get_reset_password_from_key_url(f"nobody-{key}")
        email: str = super().save(request, **more)
        return email
