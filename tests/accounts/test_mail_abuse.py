"""Mail carries no words of strangers, leads to this site alone, and comes at a bearable pace."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Account, OutgoingMail, User
from accounts.services.mail import deliver, queue_mail
from accounts.services.mail_pace import MailPaceExceeded, check_pace
from accounts.services.mail_text import printable_address, printable_name
from accounts.services.people import create_user
from orgs.services.roles import create_role
from tests.cast import PASSWORD, Organization, Person
from tests.invited import into, invited
from tests.postbox import postbox
from workspaces.models import Workspace

PHISHING = "Hello Alice,\n\nyour payroll account was locked. Open http://evil.example/payroll or www.evil.example now"
VICTIM = "alice@victim.example"


def _sent_to(email: str) -> str:
    """All that the latest mail to an address says."""
    mail = OutgoingMail.objects.filter(recipient=email).latest("created")
    return f"{mail.subject}\n{mail.text}\n{mail.html}"


def _names_nobody(text: str) -> bool:
    return not re.search("payroll|alice,|evil|locked", text, re.IGNORECASE)


@pytest.fixture
def attacker(owner: Person) -> Person:
    """Somebody whose names are from before the rule for names, or came by a way that nobody thought of."""
    User.objects.filter(id=owner.user.id).update(first_name=PHISHING, last_name=PHISHING)
    Account.objects.filter(id=owner.account.id).update(name=PHISHING)
    Workspace.objects.filter(id=owner.workspace.id).update(name=PHISHING)
    for row in (owner.user, owner.account, owner.workspace):
        row.refresh_from_db()
    return owner


def test_mail_to_an_unconfirmed_address_names_nobody(client: Client, db: None) -> None:
    form = {"name": "Your payroll is locked", "handle": "evil", "email": VICTIM, "password1": PASSWORD}
    assert client.post("/auth/sign-up", form).status_code == 302
    User.objects.update(first_name=PHISHING)
    assert "confirm" in _sent_to(VICTIM)
    assert _names_nobody(_sent_to(VICTIM))
    Client().post("/auth/reset", {"email": VICTIM})
    assert "/auth/reset/" in _sent_to(VICTIM)
    assert _names_nobody(_sent_to(VICTIM))


def test_mail_to_an_unknown_address_does_not_name_who_asked_for_it(attacker: Person) -> None:
    client = Client()
    client.force_login(attacker.user)
    client.post("/auth/reset", {"email": VICTIM})
    assert "there is no account with this address" in _sent_to(VICTIM)
    assert _names_nobody(_sent_to(VICTIM))


def test_new_password_is_told_without_the_name_that_whoever_signed_up_with_the_address_chose(
    client: Client, db: None
) -> None:
    form = {"name": "Your payroll is locked", "handle": "evil", "email": VICTIM, "password1": PASSWORD}
    client.post("/auth/sign-up", form)
    Client().post("/auth/reset", {"email": VICTIM})
    link = re.search(r"http://127.0.0.1:8000(/auth/reset/\S+)", _sent_to(VICTIM))
    assert link is not None
    victim = Client()
    chosen = victim.get(link[1], follow=True).redirect_chain[-1][0]
    new = {"password1": "a word of my own", "password2": "a word of my own"}
    assert victim.post(chosen, new).status_code == 302
    told = OutgoingMail.objects.filter(recipient=VICTIM, purpose=OutgoingMail.NOTICE)
    assert "Your password was replaced" in told.values_list("subject", flat=True)
    assert all(_names_nobody(mail.subject + mail.text) for mail in told)


def test_invitation_to_a_stranger_shows_an_address_and_handles_alone(attacker: Person) -> None:
    role = create_role(attacker.account, name="Locked payroll", scopes=["see_flows"], actor=attacker.user.as_actor())
    invited(attacker.account, VICTIM, attacker, "Collaborator", workspace=attacker.workspace, workspace_role=role)
    text = _sent_to(VICTIM)
    assert text.splitlines()[0] == "olga@example.com invites you to home of olga"
    assert _names_nobody(text)


def test_inviter_without_a_confirmed_address_is_shown_by_the_handle(attacker: Person, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"  # else they could not invite
    attacker.user.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]  # allauth's
    invited(attacker.account, VICTIM, attacker, "Collaborator", **into(attacker.workspace, "Viewer"))
    assert _sent_to(VICTIM).splitlines()[0] == "olga invites you to home of olga"


def test_invitation_to_a_confirmed_person_shows_names_without_links(attacker: Person, stranger: Person) -> None:
    invited(attacker.account, stranger.user.email, attacker, "Collaborator", **into(attacker.workspace, "Viewer"))
    text = _sent_to(stranger.user.email)
    assert "your payroll account was locked" in text
    assert "\n\nyour payroll" not in text
    # All that a mail program could make a link of leads to this site.
    assert {*re.findall(r"https?://([\w.:]+)", text)} == {"127.0.0.1:8000"}
    assert not re.search(r"(evil|www)\.\S", text)


def test_inviter_without_a_name_is_shown_by_the_address(owner: Person, stranger: Person) -> None:
    User.objects.filter(id=owner.user.id).update(first_name="", last_name="")
    owner.user.refresh_from_db()
    invited(owner.account, stranger.user.email, owner, "Collaborator", **into(owner.workspace, "Viewer"))
    text = _sent_to(stranger.user.email)
    assert "\nolga@example.com invites you to work together in the workspace Home of olga" in text


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("J.R.R. Tolkien", "J. R. R. Tolkien"),
        ("evil.example", "evil. example"),
        ("www.evil。example", "www. evil. example"),
        ("a\u202eb\u200bc\r\nBcc: d", "a b c Bcc: d"),
        ("https://evil", "https: //evil"),
        (".".join("a" * 60), " ".join(["a."] * 26) + " a…"),
    ],
)
def test_name_in_mail_is_one_short_line_without_links(name: str, printed: str) -> None:
    assert (printable_name(name), len(printable_name(name)) <= 80) == (printed, True)


def test_address_that_holds_a_sentence_is_not_printed() -> None:
    assert printable_address("ann+x@example.com") == "ann+x@example.com"
    assert printable_address("ann+www.evil.example/pay@example.com") == ""
    assert printable_address('"Hello\\ Alice,\\ pay"@evil.example') == ""


def test_subject_is_one_line_whoever_wrote_it(db: None) -> None:
    mail = queue_mail(recipient=VICTIM, subject="Hello\r\nBcc: all@example.com\u2028\x00", text="Hi")
    deliver(mail.id)
    (sent,) = outbox.outbox
    assert sent.subject == "Hello Bcc: all@example.com"
    assert sent.message()["Bcc"] is None


def test_mail_server_gets_one_subject_and_one_recipient(settings: Any, attacker: Person, stranger: Person) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    User.objects.filter(id=attacker.user.id).update(first_name="Olga\r\nBcc: all@example.com\r\n\r\nPay", last_name="")
    attacker.user.refresh_from_db()
    with postbox() as box:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        invited(attacker.account, stranger.user.email, attacker, "Collaborator", **into(attacker.workspace, "Viewer"))
        assert deliver(OutgoingMail.objects.get().id)
        ((recipient, mail),) = box.taken
    assert (recipient, mail.get_all("To"), mail["Bcc"]) == (stranger.user.email, [stranger.user.email], None)
    (subject,) = mail.get_all("Subject", [])
    assert subject.strip().startswith("Olga Bcc: all@example. com Pay invites you to Hello Alice, your payroll")


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_links_lead_to_the_configured_address_whatever_host_was_asked(
    settings: Any, organization: Organization, header: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    evil = Client(headers={header: "evil.example"})
    form = {"name": "Ann", "handle": "ann", "email": "ann@example.com", "password1": PASSWORD}
    evil.post("/auth/sign-up", form)
    evil.post("/auth/reset", {"email": organization.member.user.email})
    taken = Client(headers={header: "evil.example"})
    with_known_address = {**form, "handle": "other", "email": organization.member.user.email}
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    taken.post("/auth/sign-up", with_known_address)
    evil.force_login(organization.owner.user)
    evil.post(f"/account/{organization.account.id}/members/invite", {"emails": "new@example.com", "role": "Member"})
    mails = list(OutgoingMail.objects.all())
    assert len(mails) == 4
    for mail in mails:
        hosts = set(re.findall(r"https?://([\w.:]+)", mail.text + mail.html))
        assert (mail.subject, hosts) == (mail.subject, {"127.0.0.1:8000"})


def test_resets_for_one_address_stop_and_nobody_is_told(client: Client, owner: Person, settings: Any) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "recipient": 3}
    answers = set()
    for number in range(6):
        cache.clear()  # the limits of one caller are another matter
        email = owner.user.email if number % 2 else owner.user.email.upper()
        answer = client.post("/auth/reset", {"email": email})
        answers.add((answer.status_code, answer["Location"]))
    assert OutgoingMail.objects.filter(recipient=owner.user.email).count() == 3
    assert len(answers) == 1


def test_each_limit_holds_for_the_hour_and_four_times_for_the_day(settings: Any, owner: Person) -> None:
    settings.MAIL_LIMITS = {"person": 2, "account": 3, "recipient": 1, "installation": 5}
    sender, account = owner.user.id, owner.account.id
    what = OutgoingMail.INVITATION

    def queue(recipient: str, **more: Any) -> None:
        check_pace(what, [recipient], **more)
        queue_mail(recipient=recipient, subject="Hi", text="Hi", purpose=what, **more)

    queue("a@x.example", sender_id=sender)
    with pytest.raises(MailPaceExceeded, match=r"a@x\.example gets at most 1 invitations an hour and 4 a day"):
        queue("A@x.example")
    queue("b@x.example", sender_id=sender)
    with pytest.raises(MailPaceExceeded, match="One person sends at most 2"):
        queue("c@x.example", sender_id=sender)
    for name in "cde":
        queue(f"{name}@x.example", account_id=account)
    with pytest.raises(MailPaceExceeded, match="An account sends at most 3"):
        queue("f@x.example", account_id=account)
    with pytest.raises(MailPaceExceeded, match="This server has sent too many"):
        queue("f@x.example")
    check_pace(OutgoingMail.ACCOUNT, ["a@x.example"])  # another purpose has its own measure
    check_pace(OutgoingMail.NOTICE, ["a@x.example"])
    OutgoingMail.objects.update(created=timezone.now() - timedelta(hours=2))
    for _ in range(3):
        queue("a@x.example")
        OutgoingMail.objects.update(created=timezone.now() - timedelta(hours=2))
    with pytest.raises(MailPaceExceeded, match=r"a@x\.example gets"):
        queue("a@x.example")
    OutgoingMail.objects.update(created=timezone.now() - timedelta(hours=25))
    queue("a@x.example", sender_id=sender, account_id=account)


def test_notice_of_a_new_password_comes_through_a_flood(settings: Any, client: Client, db: None) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "recipient": 1}
    user = create_user(email=VICTIM, password=PASSWORD, handle="alice", first_name="Alice")
    client.post("/auth/reset", {"email": VICTIM})
    client.force_login(user)
    new = {"oldpassword": PASSWORD, "password1": "another long word", "password2": "another long word"}
    assert client.post("/my/password", new).status_code == 302
    assert "Your password was changed" in _sent_to(VICTIM)


def test_changes_of_the_password_flood_no_address_that_nobody_confirmed(
    settings: Any, client: Client, db: None
) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "recipient": 3}
    client.force_login(create_user(email=VICTIM, password=PASSWORD, handle="eve", confirmed=False))
    passwords = [PASSWORD, *(f"another long word {number}" for number in range(6))]
    for old, new in pairwise(passwords):
        cache.clear()  # some minutes later
        form = {"oldpassword": old, "password1": new, "password2": new}
        assert client.post("/my/password", form).status_code == 302
    assert OutgoingMail.objects.filter(recipient=VICTIM).count() == 3


def test_no_other_mail_keeps_a_reset_from_an_address(settings: Any, client: Client, db: None) -> None:
    """Whoever signed up with the address of a victim would else keep the account by asking for confirmations."""
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "recipient": 3}
    client.force_login(create_user(email=VICTIM, password=PASSWORD, handle="eve", confirmed=False))
    for _ in range(6):
        cache.clear()  # some minutes later
        client.post("/my/email/verify")
    assert OutgoingMail.objects.filter(recipient=VICTIM).count() == 3
    Client().post("/auth/reset", {"email": VICTIM})
    assert "Choose a new password" in _sent_to(VICTIM)
