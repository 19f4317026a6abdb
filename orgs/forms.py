"""Forms for creating an organization, and for the profile and networks of an account."""

from typing import Any

from django import forms

from accounts.forms import HANDLE_INPUT, HandleField
from accounts.models import Account
from core.pages.forms import NameField


class OrganizationForm(forms.Form):
    """The name and handle of an organization."""

    name = NameField(help_text="Display name")
    handle = HandleField(
        help_text="Used in URLs and commands: lowercase letters, digits and dashes.", check="handle-check"
    )

    def __init__(self, *args: Any, check: str = "", **kwargs: Any) -> None:
        """Take the URL that checks whether a handle is free. The default is that for a new account."""
        super().__init__(*args, **kwargs)
        if check:  # an existing handle is not derived from the name
            attributes = self.fields["handle"].widget.attrs
            attributes["hx-get"] = check
            del attributes["data-handle-from"]


class AboutForm(forms.Form):
    """The profile of an account without its name and handle."""

    location = forms.CharField(max_length=5000, required=False)
    link = forms.URLField(
        max_length=5000, required=False, assume_scheme="https", help_text="A URL that begins with https://"
    )
    billing_email = forms.EmailField(
        required=False, label="Billing email", help_text="Where the operator of this server sends bills."
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
    description = forms.CharField(max_length=5000, required=False, help_text="For example, an office or a VPN.")


def about(account: Account) -> dict[str, Any]:
    """Return the initial values of the profile's form."""
    return {field: getattr(account, field) for field in ("name", "handle", "location", "link", "billing_email")}
