"""Proofs of an address and what others do in the same moment: nothing of the earlier access stays."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts.models import Account, ApiKey, User
from accounts.services.addresses import is_confirmed
from accounts.services.keys import create_key
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Invitation, Membership, ServiceAccount
from orgs.services import service_accounts
from orgs.services.invitations import invite
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import update_account_settings, update_organization
from orgs.services.service_accounts import create_service_account, rotate_key
from rbac import builtin, permissions
from tests.at_once import at_once
from tests.cast import Person
from tests.invited import into, invited, token_for
from tests.proofs import NEW_PASSWORD, link_for, reset_password, signed_in
from workspaces.access.invitation_acceptance import accept_by_token

TESTS = system("tests")


def test_request_that_was_under_way_makes_no_key_after_the_reset(owner: Person) -> None:
    before = User.objects.get(id=owner.user.id)
    bot, _, _ = create_service_account(owner.account, name="robot", role=permissions.OWNER, actor=TESTS)
    assert reset_password(owner.user.email).status_code == 200
    place: dict[str, Any] = {"role": permissions.COLLABORATOR, **into(owner.workspace, builtin.OWNER)}
    for actor in (before.as_actor(), bot.as_actor()):
        with pytest.raises(PermissionDenied, match="were ended a moment ago"):
            create_key(before, name="late", expires_at=None, actor=actor)
        with pytest.raises(PermissionDenied, match="were ended a moment ago"):
            create_service_account(owner.account, name="late", actor=actor)
        with pytest.raises(PermissionDenied, match="were ended a moment ago"):
            invite(owner.account, ["late@example.com"], invited_by=before, actor=actor, **place)
    assert (ApiKey.objects.count(), ServiceAccount.objects.count()) == (0, 1)
    now = User.objects.get(id=owner.user.id)
    create_key(now, name="new", expires_at=None, actor=now.as_actor())


def test_request_that_was_under_way_does_not_lock_the_owner_out_after_the_first_proof(owner: Person) -> None:
    """Only the first proof lifts restrictions, so one that comes just after it would stay."""
    EmailAddress.objects.filter(user=owner.user).update(verified=False)
    before = User.objects.get(id=owner.user.id).as_actor()
    here: dict[str, Any] = {"address": "198.51.100.7", "actor": before}
    set_networks(owner.account, [Network("198.51.100.7/32")], **here)
    assert reset_password(owner.user.email).status_code == 200
    late: tuple[Callable[[], object], ...] = (
        lambda: update_account_settings(owner.account, {"enforce_ip_allowlist": True}, **here),
        lambda: update_organization(owner.account, auth_expiration_seconds=1, actor=before),
        lambda: set_networks(owner.account, [Network("198.51.100.0/24")], **here),
    )
    for change in late:
        with pytest.raises(PermissionDenied, match="were ended a moment ago"):
            change()
    account = Account.objects.get(id=owner.account.id)
    assert (account.enforced_networks, account.auth_expiration_seconds) == ([], None)


def test_password_change_that_was_under_way_does_not_undo_the_reset(owner: Person, monkeypatch: Any) -> None:
    """The form was sent before the reset and is checked after it."""
    client = signed_in(owner.user.email)
    from accounts.views.auth import ChangePassword

    late = ChangePassword.post

    def post(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        assert request.user.check_password("correct horse battery")  # who it is was found before
        reset_password(owner.user.email)
        return late(view, request, *args, **kwargs)

    monkeypatch.setattr(ChangePassword, "post", post)
    form = {"oldpassword": "correct horse battery", "password1": "mine-again-9-x", "password2": "mine-again-9-x"}
    assert client.post("/my/password", form).status_code == 403
    assert User.objects.get(id=owner.user.id).check_password(NEW_PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_keys_made_while_the_password_is_reset_do_not_survive(owner: Person) -> None:
    client = Client()
    client.post("/auth/reset", {"email": owner.user.email})
    form = client.get(link_for(owner.user.email, "reset"))["Location"]
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    user = User.objects.get(id=owner.user.id)

    def make(number: int) -> Any:
        return create_key(user, name=f"key {number}", expires_at=None, actor=user.as_actor())

    def bot(number: int) -> Any:
        return create_service_account(owner.account, name=f"bot {number}", actor=user.as_actor())

    works = [lambda n=n: (make, bot)[n % 2](n) for n in range(6)]
    results = at_once(*works[:3], lambda: client.post(form, new), *works[3:])
    assert [type(one) for one in results if isinstance(one, Exception) and not isinstance(one, PermissionDenied)] == []
    assert ApiKey.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_confirmation_and_reset_at_once_leave_one_owner(owner: Person) -> None:
    EmailAddress.objects.filter(user=owner.user).update(verified=False)
    attacker = signed_in(owner.user.email)
    attacker.post("/my/email/verify")
    victim = Client()
    victim.post("/auth/reset", {"email": owner.user.email})
    form = victim.get(link_for(owner.user.email, "reset"))["Location"]
    link = link_for(owner.user.email)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    first, second = at_once(lambda: attacker.post(link), lambda: victim.post(form, new))
    assert (first.status_code in {200, 302, 400}, second.status_code) == (True, 302)
    assert (is_confirmed(owner.user), ApiKey.objects.filter(user=owner.user).count()) == (True, 0)
    assert Entry.objects.filter(action="user.email-confirmed").count() == 1
    assert attacker.get("/my/profile").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_counts(owner: Person) -> None:
    EmailAddress.objects.filter(user=owner.user).update(verified=False)
    browsers = [signed_in(owner.user.email) for _ in range(2)]
    browsers[0].post("/my/email/verify")
    link = link_for(owner.user.email)
    answers = at_once(*(lambda browser=browser: browser.post(link) for browser in browsers))
    assert [answer.status_code in {200, 302, 400} for answer in answers] == [True, True]
    assert Entry.objects.filter(action="user.email-confirmed").count() == 1
    assert sum(browser.get("/my/profile").status_code == 200 for browser in browsers) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_reset_link_the_second_comes_too_late(owner: Person) -> None:
    Client().post("/auth/reset", {"email": owner.user.email})
    link = link_for(owner.user.email, "reset")
    browsers = [Client(), Client()]
    forms = [browser.get(link)["Location"] for browser in browsers]
    words = ("the-first-one-1x", "the-second-one-2x")
    answers = at_once(
        *(
            lambda browser=browser, form=form, word=word: browser.post(form, {"password1": word, "password2": word})
            for browser, form, word in zip(browsers, forms, words, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    won = words[[answer.status_code for answer in answers].index(302)]
    assert User.objects.get(id=owner.user.id).check_password(won)


@pytest.mark.django_db(transaction=True)
def test_invitation_accepted_while_the_reset_revokes_it_leads_nowhere(owner: Person, stranger: Person) -> None:
    """The reset is the first proof: whoever comes in before it is put out by it."""
    place = into(owner.workspace, builtin.OWNER)
    made = invited(owner.account, stranger.user.email, owner, permissions.COLLABORATOR, **place)
    token = token_for(stranger.user.email)
    EmailAddress.objects.filter(user=owner.user).update(verified=False)
    client = Client()
    client.post("/auth/reset", {"email": owner.user.email})
    form = client.get(link_for(owner.user.email, "reset"))["Location"]
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    joined, answer = at_once(lambda: accept_by_token(token, stranger.user), lambda: client.post(form, new))
    made.refresh_from_db()
    assert (answer.status_code, made.status) == (302, "REVOKED" if isinstance(joined, ValidationError) else "ACCEPTED")
    assert not Membership.objects.filter(account=owner.account, user=stranger.user).exists()
    assert not Invitation.objects.filter(status="PENDING").exists()


@pytest.mark.django_db(transaction=True)
def test_rotation_and_change_of_the_password_do_not_wait_for_each_other(owner: Person, monkeypatch: Any) -> None:
    """The rotation locks the keys that the change of the password revokes, and both lock the person."""
    bot, _, _ = create_service_account(owner.account, name="robot", actor=TESTS)
    user, client = User.objects.get(id=owner.user.id), signed_in(owner.user.email)

    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.7)
        return create_key(*args, **kwargs)

    def change() -> Any:
        time.sleep(0.3)
        new = {"oldpassword": "correct horse battery", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        return client.post("/my/password", {**new, "end_keys": "on"})

    monkeypatch.setattr(service_accounts, "create_key", slow)
    rotated, changed = at_once(lambda: rotate_key(bot, actor=user.as_actor()), change)
    assert (type(rotated), changed.status_code) == (tuple, 302)
    assert ApiKey.objects.count() == 0
