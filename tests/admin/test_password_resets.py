"""A password that an operator sets in the Django admin ends what was opened before."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.addresses import is_confirmed
from auditlog.actors import system
from orgs.models import Invitation, Membership
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from rbac import builtin
from rbac.permissions import COLLABORATOR
from tests.cast import Api, Person
from tests.invited import into, invited

SYSTEM = system("tests")


@pytest.mark.parametrize("proven", [True, False])
def test_password_reset_by_an_operator_ends_what_was_opened_before(
    operator: User, stranger: Person, owner: Person, proven: bool
) -> None:
    """Where no mail is sent, this is how somebody gets the account back that another one made with their address."""
    _, _, bot_key = create_service_account(stranger.account, name="robot", actor=SYSTEM)
    invitation = invited(
        stranger.account, "friend@example.com", stranger, COLLABORATOR, **into(stranger.workspace, builtin.VIEWER)
    )
    add_member(stranger.account, user=owner.user, role=COLLABORATOR, actor=SYSTEM)
    EmailAddress.objects.filter(user=stranger.user).update(verified=proven)
    browser, desk = Client(), Client()
    desk.force_login(operator)
    browser.force_login(stranger.user)
    new = "quite another passphrase"
    address = reverse("admin:auth_user_password_change", args=[stranger.user.pk])
    page = desk.post(address, {"password1": new, "password2": new, "usable_password": "true"}, follow=True)
    assert "1 API key revoked, 1 service account key revoked, 1 invitation" in page.content.decode()
    assert [Api(key).get("/api/me/").status_code for key in (stranger.key_value, bot_key)] == [401, 401]
    assert browser.get("/my/profile").status_code == 302
    invitation.refresh_from_db()
    assert invitation.status == Invitation.REVOKED
    assert Membership.objects.filter(account=stranger.account, user=owner.user).exists() is proven
    assert is_confirmed(stranger.user) is proven


def test_operator_who_sets_the_own_password_there_stays_signed_in(operator: User) -> None:
    desk, elsewhere = Client(), Client()
    desk.force_login(operator)
    elsewhere.force_login(operator)
    new = "quite another passphrase"
    address = reverse("admin:auth_user_password_change", args=[operator.pk])
    assert desk.post(address, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302
    assert [one.get(reverse("admin:index")).status_code for one in (desk, elsewhere)] == [200, 302]
