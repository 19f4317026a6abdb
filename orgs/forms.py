"""Forms of an account: founding an organization, its profile, its settings, its networks."""

from typing import Any

from django import forms

from accounts.forms import HANDLE_INPUT, live_handle
from accounts.models import Account
from accounts.models.accounts import HANDLE_LENGTH


class OrganizationForm(forms.Form):
    """Name and handle."""

    name = forms.CharField(max_length=500, help_text="As people call it.")
    handle = forms.CharField(
        max_length=HANDLE_LENGTH,
        help_text="Its short name in addresses and commands: lower-case letters, digits and dashes.",
        widget=forms.TextInput(attrs=HANDLE_INPUT),
    )

    def __init__(self, *args: Any, check: str = "", **kwargs: Any) -> None:
        """`check`: the address that says whether a handle is free; by default the one for somebody new."""
        super().__init__(*args, **kwargs)
        attributes = self.fields["handle"].widget.attrs
        attributes.update(live_handle("handle-check"))
        if check:  # there is a handle already: it does not follow the name
            attributes["hx-get"] = check
            del attributes["data-handle-from"]

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"].strip().lower()
        return handle


class AboutForm(forms.Form):
    """What an account says of itself, beside its name and handle."""

    location = forms.CharField(max_length=5000, required=False)
    link = forms.URLField(
        max_length=5000, required=False, assume_scheme="https", help_text="A page about it, with https://."
    )
    billing_email = forms.EmailField(
        required=False, label="Billing email", help_text="Where whoever runs this server sends what concerns money."
    )


class AccountForm(AboutForm, OrganizationForm):
    """The profile of an organization."""

    field_order = ["name", "handle", "location", "link", "billing_email"]


class NetworkForm(forms.Form):
    network = forms.CharField(
        max_length=43,
        help_text="An IPv4 or IPv6 address, or a network such as 203.0.113.0/24.",
        widget=forms.TextInput(attrs=HANDLE_INPUT),
    )
    description = forms.CharField(max_length=5000, required=False, help_text="What is there: an office, a VPN.")


class WebhooksForm(forms.Form):
    enforce_webhook_authentication = forms.BooleanField(
        required=False,
        label="Webhooks of this account take authenticated calls only",
        help_text="A webhook's address alone is then not enough; the caller needs a service account's key.",
    )


class FeaturesForm(forms.Form):
    allow_public_workspaces = forms.BooleanField(
        required=False,
        label="Workspaces may be made public",
        help_text="Clients may ask for it. This server opens no workspace to people who are not signed in.",
    )
    managed_execution = forms.BooleanField(
        required=False,
        label="Managed execution",
        help_text="Whether work pools that run elsewhere are offered to clients.",
    )
    ai_log_summaries = forms.BooleanField(
        required=False,
        label="Summaries of logs",
        help_text="Whether clients may ask for them. This server sends no log to anybody.",
    )
    self_healing_enabled = forms.BooleanField(
        required=False, label="Self-healing", help_text="Kept for clients that ask for it."
    )


# The sections of the settings page: each is saved by itself.
SETTINGS_SECTIONS: dict[str, tuple[str, str, type[forms.Form]]] = {
    "webhooks": (
        "Webhooks",
        "For webhooks, when this server runs them.",
        WebhooksForm,
    ),
    "features": ("What clients are told", "Programs read these before they offer a feature.", FeaturesForm),
}


def about(account: Account) -> dict[str, Any]:
    """What the forms of an account begin with."""
    return {field: getattr(account, field) for field in ("name", "handle", "location", "link", "billing_email")}
