"""While an address is unconfirmed: no organizations, no service accounts, no invitations sent."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.models import Account, OutgoingMail, User
from accounts.services.addresses import Unconfirmed, check_confirmed, is_confirmed
from auditlog.actors import system
from orgs.models import Invitation, Membership, ServiceAccount
from orgs.services.invitations import change_invitation, invite, new_link, resend
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import create_service_account, rotate_key
from rbac import builtin, permissions
from tests.cast import Api, Organization, Person, make_person
from tests.invited import built_in, into, invited, token_for
from tests.visits import text, visitor
from workspaces.access.invitation_acceptance import accept_by_token
from workspaces.access.invitation_sign_up import sign_up_and_accept

TESTS = system("tests")
ORGANIZATION = {"name": "Umbrella", "handle": "umbrella"}


@pytest.fixture
def newcomer(db: None) -> Person:
    """Somebody who signed up and has not confirmed the address."""
    person = make_person("nick")
    EmailAddress.objects.filter(user=person.user).update(verified=False)
    return person


def _requests(person: Person, account: Account) -> list[tuple[str, Any]]:
    """What an unconfirmed person may not do in this account: paths of the API and bodies."""
    api = f"/api/accounts/{account.id}"
    if account.kind == Account.PERSONAL:
        return [
            (f"{api}/bots/", {"name": "robot"}),
            (f"{person.workspace_api}/invitations/", {"email": "friend@example.com"}),
        ]
    member = str(permissions.IDS[permissions.MEMBER])
    return [
        (f"{api}/bots/", {"name": "robot"}),
        (f"{api}/invitations/", [{"email": "friend@example.com", "account_role_id": member}]),
    ]


def test_unconfirmed_person_founds_invites_and_makes_nothing_by_the_api(newcomer: Person) -> None:
    asked = [("/api/accounts/", ORGANIZATION), *_requests(newcomer, newcomer.account)]
    for path, body in asked:
        answer = newcomer.api.post(path, body)
        assert (path, answer.status_code) == (path, 403)
        assert answer.json()["detail"].startswith("Confirm the email address nick@example.com first")
    EmailAddress.objects.filter(user=newcomer.user).update(verified=True)
    assert [newcomer.api.post(path, body).status_code for path, body in asked] == [201] * 3


def test_unconfirmed_admin_of_an_organization_is_refused_alike(organization: Organization) -> None:
    admin = organization.admin
    EmailAddress.objects.filter(user=admin.user).update(verified=False)
    asked = _requests(admin, organization.account)
    assert [admin.api.post(path, body).status_code for path, body in asked] == [403] * 2
    assert (Invitation.objects.count(), ServiceAccount.objects.count()) == (0, 0)
    EmailAddress.objects.filter(user=admin.user).update(verified=True)
    assert [admin.api.post(path, body).status_code for path, body in asked] == [201] * 2


def test_service_account_does_not_act_for_an_unconfirmed_person(newcomer: Person) -> None:
    bot, _, value = create_service_account(newcomer.account, name="robot", role=permissions.OWNER, actor=TESTS)
    for path, body in _requests(newcomer, newcomer.account):
        assert (path, Api(value).post(path, body).status_code) == (path, 403)
    with pytest.raises(Unconfirmed):
        rotate_key(bot, actor=bot.as_actor())


def test_services_refuse_whoever_calls_them(newcomer: Person) -> None:
    actor, account = newcomer.user.as_actor(), newcomer.account
    place = into(newcomer.workspace, builtin.VIEWER)
    waiting = _sent_for(newcomer, "one@example.com")
    bot, _, _ = create_service_account(account, name="robot", actor=TESTS)
    mails = OutgoingMail.objects.count()
    more: dict[str, Any] = {"role": permissions.COLLABORATOR, "invited_by": newcomer.user, "actor": actor, **place}
    works: list[Callable[[], object]] = [
        lambda: create_organization(**ORGANIZATION, founder=newcomer.user, actor=actor),
        lambda: create_service_account(account, name="robot-2", actor=actor),
        lambda: rotate_key(bot, actor=actor),
        lambda: invite(account, ["two@example.com"], **more),
        lambda: resend(waiting, actor=actor),
        lambda: new_link(waiting, actor=actor),
        lambda: change_invitation(waiting, role=permissions.COLLABORATOR, actor=actor, **_role(builtin.OWNER)),
    ]
    for work in works:
        with pytest.raises(Unconfirmed):
            work()
    assert OutgoingMail.objects.count() == mails


def _sent_for(person: Person, email: str) -> Invitation:
    """An invitation into the person's workspace from before addresses had to be confirmed."""
    place = into(person.workspace, builtin.VIEWER)
    role = permissions.COLLABORATOR
    (made,) = invite(person.account, [email], role=role, invited_by=person.user, actor=TESTS, **place)
    return made


def _role(name: str) -> dict[str, Any]:
    return {"workspace_role": built_in(name)}


def test_pages_say_why_and_offer_the_link_again(newcomer: Person) -> None:
    client = visitor(newcomer.user)
    account = f"/account/{newcomer.account.id}"
    form = {"name": "Umbrella", "handle": "umbrella", "emails": "friend@example.com", "expiry": "90", "role": "Member"}
    for path in ("/organizations/create", f"{account}/service-accounts/create", f"{account}/members/invite"):
        for answer in (client.get(path), client.post(path, form)):
            assert (path, answer.status_code, "Confirm your email first" in text(answer)) == (path, 403, True)
            assert 'action="/my/email/verify"' in answer.content.decode()
    place = f"{account}/workspace/{newcomer.workspace.id}"
    page = client.get(f"{place}/settings/collaborators")
    assert ("to invite people" in text(page), "Send invitations" in text(page)) == (True, False)
    viewer = str(builtin.IDS[builtin.VIEWER])
    sent = client.post(f"{place}/settings/collaborators/invite", {"emails": "friend@example.com", "role": viewer})
    assert sent.status_code == 403
    assert (Account.objects.filter(handle="umbrella").exists(), Invitation.objects.count()) == (False, 0)


def test_without_confirmation_all_is_open_but_accepting_from_the_list(newcomer: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    asked = [("/api/accounts/", ORGANIZATION), *_requests(newcomer, newcomer.account)]
    assert [newcomer.api.post(path, body).status_code for path, body in asked] == [201] * 3
    other = make_person("otto")
    made = invited(Account.objects.get(handle="umbrella"), "otto@example.com", newcomer)
    EmailAddress.objects.filter(user=other.user).update(verified=False)
    client = visitor(other.user)
    client.post(f"/my/invitations/{made.id}/accept")
    assert not Membership.objects.filter(user=other.user).exists()
    answer = client.post(f"/invitation/{token_for('otto@example.com')}/accept", follow=True)
    assert "Welcome to Umbrella" in text(answer)


def test_invitation_of_an_unconfirmed_sender_is_worth_nothing(newcomer: Person, stranger: Person) -> None:
    made = _sent_for(newcomer, stranger.user.email)
    with pytest.raises(ValidationError, match="may no longer invite people"):
        accept_by_token(token_for(stranger.user.email), stranger.user)
    made.refresh_from_db()
    assert made.status == "REVOKED"


def test_invitation_of_a_service_account_is_worth_what_its_person_is_worth(newcomer: Person, stranger: Person) -> None:
    bot, _, _ = create_service_account(newcomer.account, name="robot", role=permissions.OWNER, actor=TESTS)
    _sent_for(newcomer, stranger.user.email)
    Invitation.objects.update(invited_by=bot)
    with pytest.raises(ValidationError, match="may no longer invite people"):
        accept_by_token(token_for(stranger.user.email), stranger.user)


def test_key_with_a_mailed_code_joins_and_confirms_nothing(organization: Organization, newcomer: Person) -> None:
    made = invited(organization.account, newcomer.user.email, organization.owner)
    path = f"/api/invitations/{made.id}/accept?invite_code={token_for(newcomer.user.email)}"
    assert newcomer.api.post(path).status_code == 204
    assert (is_confirmed(newcomer.user), newcomer.user.memberships.count()) == (False, 1)


def test_people_whom_an_operator_makes_count_as_confirmed(operator: User, client: Any) -> None:
    assert is_confirmed(operator)
    client.force_login(operator)
    form = {
        "email": "Paula@example.com", "first_name": "Paula", "last_name": "", "handle": "paula",
        "password1": "a-long-enough-one", "password2": "a-long-enough-one", "usable_password": "true",
    }  # fmt: skip
    assert client.post("/admin/accounts/user/add/", form).status_code == 302
    check_confirmed(User.objects.get(email="paula@example.com").as_actor())


def test_newcomer_by_a_mailed_invitation_counts_as_confirmed_and_by_a_shown_one_does_not(
    organization: Organization,
) -> None:
    for handle, shown in (("mara", False), ("sven", True)):
        made = invited(organization.account, f"{handle}@example.com", organization.owner)
        token = new_link(made, actor=TESTS).rpartition("/")[2] if shown else token_for(f"{handle}@example.com")
        user, _ = sign_up_and_accept(token, first_name="N", last_name="N", handle=handle, password="a-long-enough-one")
        assert is_confirmed(user) is not shown
