"""What operators do with selected people: each action calls a service, takes effect at once and is recorded."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OutgoingMail, User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership
from orgs.services.members import set_active
from orgs.services.service_accounts import create_service_account
from tests.cast import Api, Organization, Person
from tests.visits import visitor
from workspaces.websockets.access_watcher import Claim, ended_claims

SYSTEM = system("tests")


def _act(desk: Client, action: str, *people: User) -> Any:
    form = {"action": action, "_selected_action": [str(person.pk) for person in people]}
    return desk.post(reverse("admin:accounts_user_changelist"), form, follow=True)


def _last() -> tuple[str, Any, str]:
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    return entry.action, entry.actor_id, entry.object_id


def test_suspension_ends_sessions_keys_and_sockets(desk: Client, operator: User, stranger: Person) -> None:
    _, _, value = create_service_account(stranger.account, name="robot", actor=SYSTEM)
    idle, _, idle_value = create_service_account(stranger.account, name="idle", actor=SYSTEM)
    set_active(Membership.objects.get(user=idle), False, actor=SYSTEM)
    browser, space = visitor(stranger.user), stranger.workspace
    sockets = [
        Claim(key.id, user.id, space.id, space.account_id, "see_flows", "127.0.0.1")
        for key, user in ((stranger.key, stranger.user),)
    ]
    assert (browser.get("/my/profile").status_code, ended_claims(sockets)) == (200, [])
    assert _act(desk, "suspend", stranger.user).status_code == 200
    assert _last() == ("user.suspended", operator.id, str(stranger.user.id))
    assert browser.get("/my/profile").status_code == 302
    keys = (stranger.key_value, value, idle_value)
    assert [Api(key).get("/api/me/workspaces").status_code for key in keys] == [401, 401, 401]
    assert ended_claims(sockets) == sockets
    _act(desk, "reactivate", stranger.user)
    assert _last() == ("user.reactivated", operator.id, str(stranger.user.id))
    assert [Api(key).get("/api/me/workspaces").status_code for key in keys] == [200, 200, 401]
    assert browser.get("/my/profile").status_code == 302, "the session of before stays ended"


def test_form_does_not_suspend(desk: Client, stranger: Person) -> None:
    address = reverse("admin:accounts_user_change", args=[stranger.user.pk])
    assert desk.post(address, {"first_name": "Bob", "last_name": "Example"}).status_code == 302
    user = User.objects.get(id=stranger.user.id)
    assert (user.first_name, user.is_active) == ("Bob", True)


def test_more_people_than_one_request_can_take_are_refused(
    desk: Client, owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.directory.admin._MOST_AT_ONCE", 1)
    page = _act(desk, "suspend", owner.user, stranger.user).content.decode()
    assert "Nothing was done. Select at most 1 people at once." in page
    assert User.objects.filter(is_active=False).count() == 0


def test_neither_oneself_nor_the_last_owner_is_suspended(
    desk: Client, operator: User, organization: Organization
) -> None:
    page = _act(desk, "suspend", operator, organization.owner.user, organization.member.user).content.decode()
    assert "You cannot suspend yourself." in page
    assert "initech would have no owner" in page
    assert '<li class="warning">1 of 3 people: suspended.</li>' in page
    active = User.objects.filter(is_active=True)
    assert (operator in active, organization.owner.user in active, organization.member.user in active) == (
        True,
        True,
        False,
    )


def test_sessions_are_ended_and_keys_are_kept(desk: Client, operator: User, stranger: Person) -> None:
    browser = visitor(stranger.user)
    assert browser.get("/my/profile").status_code == 200
    _act(desk, "sign_out", stranger.user, operator)
    assert _last() == ("user.sessions-ended", operator.id, str(stranger.user.id))
    assert browser.get("/my/profile").status_code == 302
    assert stranger.api.get("/api/me/").status_code == 200
    assert desk.get("/admin/").status_code == 200


def test_reset_link_is_mailed_and_recorded(desk: Client, operator: User, stranger: Person) -> None:
    OutgoingMail.objects.all().delete()
    _act(desk, "mail_reset_link", stranger.user)
    mail = OutgoingMail.objects.get()
    assert (mail.recipient, "/auth/reset/" in mail.text) == (stranger.user.email, True)
    assert _last() == ("user.reset-link-sent", operator.id, str(stranger.user.id))
    User.objects.filter(id=stranger.user.id).update(is_active=False)
    page = _act(desk, "mail_reset_link", stranger.user).content.decode()
    assert ("A suspended person gets no link." in page, OutgoingMail.objects.count()) == (True, 1)


@pytest.mark.parametrize("action", ["suspend", "reactivate", "sign_out", "mail_reset_link"])
def test_actions_are_refused_to_others(owner: Person, stranger: Person, action: str) -> None:
    for client in (visitor(owner.user), Client()):
        _act(client, action, stranger.user)
    helper = User.objects.get(id=owner.user.id)
    helper.is_staff = True
    helper.save()
    _act(visitor(helper), action, stranger.user)
    assert User.objects.get(id=stranger.user.id).is_active is True
    assert not Entry.objects.filter(object_id=str(stranger.user.id), action__startswith="user.suspended").exists()
