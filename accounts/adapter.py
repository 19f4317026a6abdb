"""What allauth does our way: registration may be closed, and mail leaves by the queue."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.services.mail import queue_mail
from accounts.services.sessions import storable_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.OPEN_REGISTRATION)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom the limits on tries count, and where a session began: people behind our own proxy are not all one."""
        return storable_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, {"request": self.request, "email": email, **context})
        html = next((content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
        queue_mail(recipient=email, subject=message.subject, text=message.body, html=html)
