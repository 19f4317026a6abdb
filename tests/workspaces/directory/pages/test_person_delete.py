"""Deleting one's own account."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import Account, ApiKey, OutgoingMail, User
from accounts.services.handles import check_handle
from accounts.services.keys import create_key, find_key
from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Forbidden
from orgs.models import Membership
from orgs.services.members import add_member, change_role
from orgs.services.service_accounts import create_service_account
from rbac import permissions
from tests.at_once import at_once
from tests.cast import Organization, Person
from tests.proofs import inside, signed_in
from tests.trash import empty_trash
from tests.visits import text, visitor
from tests.workspaces.runs import stage
from workspaces.directory.deletion import delete_person
from workspaces.models import Workspace

PATH = "/my/delete"
US = system("tests")


def test_page_shows_what_is_deleted_and_changes_nothing(owner: Person, stranger: Person) -> None:
    create_service_account(owner.account, name="robot", actor=US)
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=US)
    page = text(visitor(owner.user).get(PATH))
    for words in ("workspace 1", "collaborator 1", "service account 1", "API key 1", "session 1", "Type olga"):
        assert words in page
    assert User.objects.filter(id=owner.user.id).exists()


def test_account_is_deleted_once_its_handle_is_typed(owner: Person, stranger: Person) -> None:
    flow = stage.flow(owner.workspace, "etl")
    _, _, bot_key = create_service_account(owner.account, name="robot", actor=US)
    client, other = signed_in("olga@example.com"), signed_in("olga@example.com")
    done = client.post(PATH, {"typed": "olga"}, follow=True)
    assert (done.redirect_chain[-1][0], "Your account was deleted." in text(done)) == ("/auth/sign-in", True)
    assert [inside(one) for one in (client, other)] == [False, False]
    assert (find_key(owner.key_value), find_key(bot_key)) == (None, None)
    empty_trash()
    assert not User.actors.exclude(id=stranger.user.id).exists()
    assert not Workspace.objects.filter(account=owner.account.id).exists()
    assert not type(flow).objects.filter(id=flow.id).exists()
    assert not Session.objects.filter(session_key=other.cookies["bailiwick_session"].value).exists()
    assert find_key(stranger.key_value) is not None
    check_handle("olga")  # free at once
    mail = OutgoingMail.objects.get(recipient="olga@example.com")
    assert (mail.subject, "olga" in mail.text.replace("olga@example.com", "").lower()) == (
        "Your account was deleted",
        False,
    )


def test_audit_entries_stay_and_name_the_person(owner: Person) -> None:
    before = set(Entry.objects.filter(account_id=owner.account.id).values_list("id", flat=True))
    visitor(owner.user).post(PATH, {"typed": "olga"})
    entries = Entry.objects.filter(account_id=owner.account.id)
    assert before < set(entries.values_list("id", flat=True))
    assert {entry.actor_name for entry in entries} == {"Olga Example"}
    entry = entries.get(action="user.deleted")
    assert (entry.object_name, entry.detail) == ("olga@example.com", {"handle": "olga", "keys": 1, "sessions": 1})


@pytest.mark.parametrize("typed", ["", "boris", "OLGA", "olga@example.com"])
def test_wrong_handle_deletes_nothing_and_stays_in_the_form(owner: Person, typed: str) -> None:
    answer = visitor(owner.user).post(PATH, {"typed": typed})
    assert (answer.status_code, f'value="{typed}"' in answer.content.decode()) == (422, True)
    assert find_key(owner.key_value) is not None


def test_sole_owner_hands_over_or_deletes_first(organization: Organization) -> None:
    owner, account = organization.owner, organization.account
    client = visitor(owner.user)
    page = client.get(PATH).content.decode()
    for link in (f"/account/{account.id}/members", f"/account/{account.id}/delete"):
        assert f'href="{link}"' in page
    refused = client.post(PATH, {"typed": "frida"})
    assert (refused.status_code, "initech would have no owner" in text(refused)) == (422, True)
    assert find_key(owner.key_value) is not None
    change_role(
        Membership.objects.get(account=account, user=organization.admin.user), permissions.OWNER, actor=US
    )  # fmt: skip
    page = client.get(PATH).content.decode()
    assert ("First hand over" in page, "@initech" in page) == (False, True)
    assert client.post(PATH, {"typed": "frida"}).status_code == 302
    assert Workspace.objects.filter(account=account).count() == 1
    assert not Membership.objects.filter(account=account).exclude(
        user__in=[organization.admin.user, organization.member.user]
    )


def test_owner_beside_a_suspended_one_is_the_only_one(organization: Organization) -> None:
    second = Membership.objects.get(account=organization.account, user=organization.admin.user)
    change_role(second, permissions.OWNER, actor=US)
    User.objects.filter(id=organization.admin.user.id).update(is_active=False)
    assert "First hand over" in text(visitor(organization.owner.user).get(PATH))


def test_organization_that_refuses_the_network_keeps_nobody(organization: Organization) -> None:
    """Otherwise whoever invites somebody could keep them from deleting their account."""
    Account.objects.filter(id=organization.account.id).update(enforced_networks=["10.0.0.0/8"])
    assert visitor(organization.member.user).post(PATH, {"typed": "mia"}).status_code == 302
    assert not User.objects.filter(id=organization.member.user.id).exists()


def test_deletion_asks_for_the_password_unless_the_sign_in_is_recent(owner: Person) -> None:
    client = signed_in("olga@example.com")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 700}]
    session.save()
    for answer in (client.get(PATH), client.post(PATH, {"typed": "olga"})):
        assert answer["Location"].startswith("/auth/reauthenticate?")
    assert find_key(owner.key_value) is not None


def test_form_needs_a_token_of_the_page(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)
    assert client.post(PATH, {"typed": "olga"}).status_code == 403
    assert find_key(owner.key_value) is not None


def test_operator_without_an_account_types_the_address(operator: User) -> None:
    client = visitor(operator)
    assert f"Type {operator.email}" in text(client.get(PATH))
    assert client.post(PATH, {"typed": operator.email}).status_code == 302
    assert not User.objects.filter(id=operator.id).exists()


def test_request_whose_access_was_ended_meanwhile_deletes_nobody(owner: Person) -> None:
    actor = owner.user.as_actor()
    User.objects.filter(id=owner.user.id).update(access_ended_at=timezone.now())
    with pytest.raises(Forbidden):
        delete_person(owner.user, actor=actor)
    assert User.objects.filter(id=owner.user.id).exists()


def test_request_that_was_under_way_creates_no_key_for_a_deleted_person(owner: Person) -> None:
    user = User.objects.get(id=owner.user.id)
    delete_person(owner.user, actor=owner.user.as_actor())
    with pytest.raises(Forbidden):
        create_key(user, name="late", expires_at=None, actor=user.as_actor())


@pytest.mark.django_db(transaction=True)
def test_two_tabs_delete_once_and_a_key_of_the_same_moment_goes_too(owner: Person) -> None:
    user = User.objects.get(id=owner.user.id)
    clients = [visitor(user), visitor(user)]
    results = at_once(
        *(lambda client=client: client.post(PATH, {"typed": "olga"}).status_code for client in clients),
        lambda: create_key(user, name="late", expires_at=None, actor=user.as_actor()),
    )
    assert results[:2] == [302, 302]
    assert isinstance(results[2], tuple | Forbidden)
    assert (User.objects.count(), ApiKey.objects.count()) == (0, 0)
    assert Entry.objects.filter(action="user.deleted").count() == 1
