"""An address is confirmed in a session of its own account or by a reset, and what others had opened ends with it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, ApiKey, OutgoingMail, User
from accounts.services.addresses import is_confirmed
from accounts.services.keys import create_key
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Invitation, Membership
from orgs.services.invitations import new_link
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from rbac import builtin, permissions
from tests.cast import Api, Organization, Person
from tests.invited import into, invited, token_for
from tests.proofs import (
    NEW_PASSWORD,
    VICTIM,
    inside,
    link_for,
    mails_to,
    reset_password,
    signed_in,
    signed_up,
    user_of,
)
from tests.visits import text, visitor
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.scoping import enter

TESTS = system("tests")


class Planted:
    """What somebody plants who signed up with the address of another person, also while nobody asks to confirm it."""

    def __init__(self, accomplice: Person) -> None:
        self.browser = signed_up()
        self.second_browser = signed_in()
        user = user_of()
        self.account, self.accomplice = user.personal_account, accomplice
        self.workspace = create_workspace(self.account, name="Home", handle="home", actor=TESTS)
        self.key = create_key(user, name="planted", expires_at=None, actor=TESTS)[1]
        bot, _, self.bot_key = create_service_account(self.account, name="robot", actor=TESTS, role=permissions.OWNER)
        self.bot = bot
        self.invitation = invited(
            self.account, "friend@example.com", Person(user, self.account, *(None,) * 3),  # type: ignore[arg-type]
            permissions.COLLABORATOR, **into(self.workspace, builtin.DEVELOPER),
        )  # fmt: skip
        self.token = token_for("friend@example.com")
        add_member(self.account, user=accomplice.user, role=permissions.COLLABORATOR, actor=TESTS)
        role = into(self.workspace, builtin.OWNER)["workspace_role"]
        share_with(self.workspace, accomplice.user, role, actor=TESTS)

    @property
    def open(self) -> dict[str, bool]:
        """What still opens something."""
        return {
            "browsers": inside(self.browser) or inside(self.second_browser),
            "key": Api(self.key).get("/api/me/").status_code == 200,
            "service account": Api(self.bot_key).get("/api/me/").status_code == 200,
            "invitation": Invitation.objects.get(id=self.invitation.id).status == "PENDING",
            "collaborator": enter(self.accomplice.user, self.workspace.id) is not None,
        }


@pytest.fixture
def planted(stranger: Person, settings: Any) -> Planted:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    made = Planted(stranger)
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    assert set(made.open.values()) == {True}
    return made


def test_link_in_nobody_s_session_confirms_nothing(db: None) -> None:
    signed_up()
    link, client = link_for(), Client()
    assert "Sign in to confirm" in text(client.get(link))
    refused = client.post(link)
    assert (refused.status_code, is_confirmed(user_of())) == (403, False)
    assert f"/auth/sign-in?next={link.replace(':', '%3A')}" in refused.content.decode()


def test_link_in_another_account_s_session_confirms_nothing_and_leaves_it_signed_in(stranger: Person) -> None:
    signed_up()
    link, client = link_for(), visitor(stranger.user)
    for answer, status in ((client.get(link), 200), (client.post(link), 403)):
        assert (answer.status_code, "This link is for another account" in text(answer)) == (status, True)
        assert stranger.user.email in text(answer)
    assert (is_confirmed(user_of()), inside(client)) == (False, True)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_changes_nothing(db: None, method: str) -> None:
    client = signed_up()
    assert getattr(client, method)(link_for()).status_code == 200
    assert (is_confirmed(user_of()), inside(client)) == (False, True)


def test_session_that_signed_up_confirms_and_nothing_ends(db: None) -> None:
    client = signed_up()
    other = signed_in()
    value = create_key(user_of(), name="laptop", expires_at=None, actor=TESTS)[1]
    link = link_for()
    assert "in another browser" not in text(client.get(link))
    answer = client.post(link, follow=True)
    assert f"{VICTIM} is confirmed." in text(answer)
    assert (is_confirmed(user_of()), inside(client), inside(other)) == (True, True, True)
    assert Api(value).get("/api/me/").status_code == 200
    assert "This link does not work" in text(client.get(link))
    entry = Entry.objects.get(action="user.email-confirmed")
    assert (entry.actor_name, entry.detail) == ("Vera Example", {"email": VICTIM})


def test_other_session_of_the_account_confirms_and_ends_all_else(planted: Planted) -> None:
    client = signed_in()
    old_cookie = client.cookies["bailiwick_session"].value
    planted_mails = len(mails_to())
    client.post("/my/email/verify")
    assert "in another browser" in text(client.get(link_for()))
    answer = client.post(link_for(), follow=True)
    assert "Your email is confirmed" in text(answer)
    for words in ("2 sessions signed out", "1 API key revoked", "1 service account key revoked",
                  "1 invitation that you sent revoked", "1 collaborator removed"):  # fmt: skip
        assert words in text(answer)
        assert words in mails_to()[-1]
    assert len(mails_to()) == planted_mails + 2  # the link, and what ended
    assert (set(planted.open.values()), inside(client), is_confirmed(user_of())) == ({False}, True, True)
    copy = Client()
    copy.cookies["bailiwick_session"] = old_cookie
    assert not inside(copy)


def test_mark_of_signing_up_does_not_outlive_the_session(db: None) -> None:
    client = signed_up()
    create_key(user_of(), name="laptop", expires_at=None, actor=TESTS)
    client.post("/auth/sign-out")
    client.post("/auth/sign-in", {"login": VICTIM, "password": "correct horse battery"})
    client.post(link_for())
    assert (is_confirmed(user_of()), ApiKey.objects.filter(user=user_of()).count()) == (True, 0)


def test_reset_ends_what_an_attacker_planted(planted: Planted) -> None:
    done = reset_password()
    for words in ("2 sessions signed out", "1 API key revoked", "1 service account key revoked",
                  "1 invitation that you sent revoked", "1 collaborator removed"):  # fmt: skip
        assert words in text(done)
        assert words in mails_to()[-1]
    assert (set(planted.open.values()), is_confirmed(user_of())) == ({False}, True)
    assert Client().post("/auth/sign-in", {"login": VICTIM, "password": "correct horse battery"}).status_code == 422
    entry = Entry.objects.get(action="user.access-ended")
    assert entry.detail == {
        "sessions": 2, "keys": 1, "service_account_keys": 1, "invitations": 1, "collaborators": 1,
        "restrictions": 0,
    }  # fmt: skip
    assert "Earlier access" not in text(Client().get("/auth/reset/done"))


def test_first_proof_lifts_restrictions_that_lock_the_owner_out(planted: Planted) -> None:
    Account.objects.filter(id=planted.account.id).update(
        auth_expiration_seconds=1, settings={"enforce_ip_allowlist": True}, enforced_networks=["203.0.113.7/32"]
    )
    assert "2 access restrictions turned off" in text(reset_password())
    planted.account.refresh_from_db()
    assert (planted.account.auth_expiration_seconds, planted.account.enforced_networks) == (None, [])
    assert signed_in(password=NEW_PASSWORD).get(f"/account/{planted.account.id}/").status_code == 200


def test_every_reset_ends_access_and_a_later_one_keeps_collaborators(planted: Planted) -> None:
    reset_password()
    user = user_of()
    add_member(planted.account, user=planted.accomplice.user, role=permissions.COLLABORATOR, actor=TESTS)
    value = create_key(user, name="laptop", expires_at=None, actor=TESTS)[1]
    mine = Client()
    mine.post("/auth/sign-in", {"login": VICTIM, "password": NEW_PASSWORD})
    OutgoingMail.objects.filter(recipient=VICTIM).delete()
    client = Client()
    client.post("/auth/reset", {"email": VICTIM})
    form = client.get(link_for(what="reset"))["Location"]
    done = client.post(form, {"password1": "a-third-one-8-x", "password2": "a-third-one-8-x"}, follow=True)
    assert ("2 sessions signed out" in text(done), "collaborator removed" in text(done)) == (True, False)
    assert (inside(mine), Api(value).get("/api/me/").status_code) == (False, 401)
    assert Membership.objects.filter(account=planted.account, user=planted.accomplice.user).exists()


def test_reset_in_a_signed_in_browser_ends_its_session_and_begins_another(owner: Person) -> None:
    client = visitor(owner.user)
    old_cookie = client.cookies["bailiwick_session"].value
    done = reset_password(owner.user.email, client)
    assert "Your new password is set" in text(done)
    assert ("1 session signed out" in text(done), "1 API key revoked" in text(done)) == (True, True)
    assert inside(client)
    assert not inside(_with_cookie(old_cookie))


def test_reset_signs_in_with_a_session_that_nobody_else_knows(stranger: Person, owner: Person) -> None:
    """A cookie that somebody planted in the browser before does not become a session of the person."""
    for planter in (Client(), visitor(stranger.user)):
        planter.get("/auth/sign-in")
        planter.post("/auth/reset", {"email": "nobody@example.com"})
        cookie = planter.cookies["bailiwick_session"].value if "bailiwick_session" in planter.cookies else "planted"
        victim = _with_cookie(cookie)
        assert "You are signed in as" in text(reset_password(owner.user.email, victim))
        assert owner.user.email in text(victim.get("/my/profile"))
        assert victim.cookies["bailiwick_session"].value != cookie
        assert owner.user.email not in text(_with_cookie(cookie).get("/my/profile"))


def test_reset_of_a_suspended_person_signs_nobody_in(owner: Person) -> None:
    client = Client()
    client.post("/auth/reset", {"email": owner.user.email})
    form = client.get(link_for(owner.user.email, "reset"))["Location"]
    User.objects.filter(id=owner.user.id).update(is_active=False)
    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)
    assert not inside(client)


def _with_cookie(value: str) -> Client:
    client = Client()
    client.cookies["bailiwick_session"] = value
    return client


def test_operator_without_an_account_chooses_a_new_password(operator: User) -> None:
    old = visitor(operator)
    assert "1 session signed out" in text(reset_password(operator.email))
    assert (inside(old), inside(signed_in(operator.email, NEW_PASSWORD))) == (False, True)


def test_confirmation_link_is_dead_after_a_reset(db: None) -> None:
    attacker = signed_up()
    link = link_for()
    reset_password()
    victim = signed_in(password=NEW_PASSWORD)
    value = create_key(user_of(), name="laptop", expires_at=None, actor=TESTS)[1]
    for client in (attacker, victim):
        assert "This link does not work" in text(client.post(link))
    assert Api(value).get("/api/me/").status_code == 200


def test_invited_victim_s_link_joins_nobody_signed_out_or_as_somebody_else(
    organization: Organization, stranger: Person
) -> None:
    signed_up()
    made = invited(organization.account, VICTIM, organization.owner, permissions.ADMIN)
    link = f"/invitation/{token_for(VICTIM)}"
    for client in (Client(), visitor(stranger.user)):
        client.post(f"{link}/accept")
        made.refresh_from_db()
        assert (made.status, is_confirmed(user_of())) == ("PENDING", False)
    assert not Membership.objects.filter(account=organization.account, user=user_of()).exists()


def test_unconfirmed_account_cannot_accept_what_waits_for_its_address(organization: Organization) -> None:
    attacker = signed_up()
    made = invited(organization.account, VICTIM, organization.owner, permissions.ADMIN)
    assert "Confirm your email address" in text(attacker.get("/my/invitations"))
    attacker.post(f"/my/invitations/{made.id}/accept")
    made.refresh_from_db()
    assert made.status == "PENDING"


@pytest.mark.parametrize("here", [True, False])
def test_mailed_invitation_confirms_in_a_session_and_ends_the_rest_unless_it_signed_up(
    organization: Organization, planted: Planted, here: bool
) -> None:
    invited(organization.account, VICTIM, organization.owner)
    client = planted.browser if here else signed_in()
    link = f"/invitation/{token_for(VICTIM)}"
    assert ("confirms your email address" in text(client.get(link))) is not here
    answer = client.post(f"{link}/accept", follow=True)
    assert f"Welcome to {organization.account.name}" in text(answer)
    assert ("revoked" in text(answer)) is not here
    assert (set(planted.open.values()), is_confirmed(user_of()), inside(client)) == ({here}, True, True)


def test_shown_invitation_link_confirms_nothing_and_ends_nothing(organization: Organization, planted: Planted) -> None:
    made = invited(organization.account, VICTIM, organization.owner)
    link = "/invitation/" + new_link(made, actor=TESTS).rpartition("/")[2]
    assert "Welcome to" in text(signed_in().post(f"{link}/accept", follow=True))
    assert (set(planted.open.values()), is_confirmed(user_of())) == ({True}, False)


def test_where_confirmation_is_mandatory_the_link_waits_for_the_sign_in(db: None, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    signed_up()
    link, client = link_for(), Client()
    assert client.post(link).status_code == 403
    answer = client.post("/auth/sign-in", {"login": VICTIM, "password": "correct horse battery", "next": link})
    assert (answer["Location"], inside(client)) == (link, False)
    assert "Is vera@example.com yours?" in text(client.get(link))
    assert client.post(link)["Location"] == "/"
    assert (inside(client), is_confirmed(user_of())) == (True, True)


def test_where_confirmation_is_mandatory_the_newcomer_confirms_in_the_browser_of_the_sign_up(
    db: None, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = signed_up()
    assert not inside(client)
    client.post(link_for())
    assert (inside(client), is_confirmed(user_of())) == (True, True)
    assert not Entry.objects.filter(action="user.access-ended").exists()


def test_sign_in_that_waits_for_a_confirmation_is_void_after_a_reset(db: None, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    attacker = signed_up()
    link = link_for()
    reset_password()
    for path in ("/auth/verify", "/auth/sign-in", "/", link):
        attacker.get(path)
        attacker.post(path)
    assert (is_confirmed(user_of()), inside(attacker)) == (True, False)
    attacker.post("/auth/sign-in", {"login": VICTIM, "password": "correct horse battery"})
    assert not inside(attacker)
