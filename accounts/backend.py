"""Signing in with an address and a password."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Look up a person with one query and check one password, whether or not the address is known or confirmed.

    allauth makes another query for unknown and unconfirmed addresses, so its response time tells them apart.
    """

    # Not public. The public `authenticate` does more, such as counting failures, which would have to be repeated here.
    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found: User | None = self._check_password(User.objects.filter(email=email.lower()).first(), password)
        return found
