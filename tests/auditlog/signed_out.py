"""The pages that change something for people who are not signed in, or by a link from a mail: how to visit each one."""

from collections.abc import Callable
from typing import NamedTuple

from django.test import Client

from tests.cast import PASSWORD, Organization
from tests.invited import invited, token_for
from tests.proofs import NEW_PASSWORD, VICTIM, link_for, signed_up, user_of

TWICE = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
# The link also proves the address, ends what was opened before, and signs in.
_RESET = "user.password-reset user.email-confirmed user.access-ended user.logged-in"
SIGN_UP = {"name": "Vera Example", "email": VICTIM, "handle": "vera", "password1": PASSWORD}


class Visit(NamedTuple):
    """A form that is about to be sent, the address of the person whom it concerns, and the actions of its entries."""

    client: Client
    path: str
    form: dict[str, str]
    actions: str
    email: str = VICTIM


def _sign_up(organization: Organization) -> Visit:
    return Visit(Client(), "/auth/sign-up", SIGN_UP, "user.created user.logged-in")


def _sign_in(organization: Organization) -> Visit:
    email = organization.member.user.email
    return Visit(Client(), "/auth/sign-in", {"login": email, "password": PASSWORD}, "user.logged-in", email)


def _verify(organization: Organization) -> Visit:
    client = signed_up()
    return Visit(client, link_for(), {}, "user.email-confirmed")


def _reset(organization: Organization) -> Visit:
    """The link opens a form at another address."""
    signed_up()
    client = Client()
    client.post("/auth/reset", {"email": VICTIM})
    return Visit(client, client.get(link_for(what="reset"))["Location"], TWICE, _RESET)


def _set_password(organization: Organization) -> Visit:
    client = signed_up()
    user = user_of()
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    return Visit(client, "/my/password/set", TWICE, "user.password-changed")


def _join(organization: Organization) -> Visit:
    invited(organization.account, VICTIM, organization.owner)
    form = {"name": "Vera Example", "handle": "vera", "email": VICTIM, "password": PASSWORD}
    actions = "account-invitation.accepted account-membership.created user.created user.logged-in"
    return Visit(Client(), f"/invitation/{token_for(VICTIM)}/sign-up", form, actions)


VISITS: dict[str, Callable[[Organization], Visit]] = {
    "/auth/sign-up": _sign_up,
    "/auth/sign-in": _sign_in,
    r"/^auth/verify/(?P<key>[-:\w]+)$": _verify,
    r"/^auth/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$": _reset,
    "/my/password/set": _set_password,
    "/invitation/<token>/sign-up": _join,
}
