"""allauth's sign-up form, with a different check for addresses that are taken."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from django.conf import settings

from accounts.models import User


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types
    def validate_unique_email(self, value: str) -> str:
        """Refuse only the current addresses of accounts.

        allauth also refuses addresses that somebody asked to change to but has not confirmed. With that check, a
        stranger could keep the owner of an address from signing up.
        """
        taken = User.actors.filter(email=value.lower()).exists()
        if taken and settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
            raise get_adapter().validation_error("email_taken")
        self.account_already_exists = taken
        email: str = get_adapter().validate_unique_email(value)
        return email
