"""What operators do in the Django admin is done right and stands in the audit log."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, ApiKey, User
from auditlog.models import Entry
from orgs.models import Membership
from tests.cast import PASSWORD, Organization, Person
from workspaces.models import Workspace


@pytest.fixture
def desk(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_operator_makes_a_person_with_an_account(desk: Client, operator: User, stranger: Person) -> None:
    form = {
        "email": "New@Example.com",
        "first_name": "Nina",
        "last_name": "New",
        "handle": "nina",
        "password1": "a long enough passphrase",
        "password2": "a long enough passphrase",
    }
    address = reverse("admin:accounts_user_add")
    assert desk.get(address).status_code == 200
    assert desk.post(address, {**form, "handle": "boris"}).status_code == 200
    assert User.objects.filter(email="new@example.com").exists() is False
    assert desk.post(address, form).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert (user.handle, user.name) == ("nina", "Nina New")
    assert user.check_password("a long enough passphrase") is True
    assert _last() == ("user.created", operator.id, str(user.id), "new@example.com")


def test_suspending_closes_the_door_at_once_and_is_recorded(desk: Client, operator: User, stranger: Person) -> None:
    assert stranger.api.get("/api/me/").status_code == 200
    address = reverse("admin:accounts_user_change", args=[stranger.user.pk])
    assert desk.post(address, {"first_name": "Bob", "last_name": "Example"}).status_code == 302
    assert stranger.api.get("/api/me/").status_code == 401
    assert _last() == ("user.updated", operator.id, str(stranger.user.id), "boris@example.com")
    entry = Entry.objects.first()
    assert entry is not None
    assert entry.detail["changes"] == {
        "first_name": {"from": "Boris", "to": "Bob"},
        "is_active": {"from": True, "to": False},
    }
    assert Account.objects.get(user=stranger.user).name == "Bob Example"


def test_password_reset_by_an_operator_is_recorded_without_it(desk: Client, operator: User, stranger: Person) -> None:
    address = reverse("admin:auth_user_password_change", args=[stranger.user.pk])
    assert desk.get(address).status_code == 200
    new = "quite another passphrase"
    assert desk.post(address, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302
    stranger.user.refresh_from_db()
    assert (stranger.user.check_password(new), stranger.user.check_password(PASSWORD)) == (True, False)
    assert _last() == ("user.password-set", operator.id, str(stranger.user.id), "boris@example.com")
    assert (new in str(list(Entry.objects.values()))) is False


def test_operator_changes_the_own_password_on_the_page_that_records_it(desk: Client, operator: User) -> None:
    assert desk.get(reverse("admin:index")).status_code == 200
    answer = desk.post(reverse("admin:password_change"), {"old_password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/my/password")
    new = "quite another passphrase"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert desk.post("/my/password", form).status_code == 302
    assert _last() == ("user.password-changed", operator.id, str(operator.id), "operator@example.com")


def test_deleting_a_person_takes_all_of_theirs_and_nothing_else(
    desk: Client, operator: User, owner: Person, stranger: Person
) -> None:
    address = reverse("admin:accounts_user_delete", args=[stranger.user.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"post": "yes"}).status_code == 302
    assert (list(Account.objects.all()), list(Workspace.objects.all())) == ([owner.account], [owner.workspace])
    assert _last() == ("user.deleted", operator.id, str(stranger.user.id), "boris@example.com")
    assert Entry.objects.filter(action="workspace.deleted", object_id=str(stranger.workspace.id)).count() == 1


def test_only_owner_of_an_organization_is_not_deleted(desk: Client, organization: Organization) -> None:
    """Neither alone nor among others, of whom none is deleted then."""
    people, workspaces = User.objects.count(), Workspace.objects.count()
    address = reverse("admin:accounts_user_delete", args=[organization.owner.user.pk])
    answer = desk.post(address, {"post": "yes"})
    assert (answer.status_code, "initech would have no owner" in answer.content.decode()) == (403, True)
    chosen = [str(organization.member.user.pk), str(organization.owner.user.pk)]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert desk.post(reverse("admin:accounts_user_changelist"), form).status_code == 403
    assert (User.objects.count(), Workspace.objects.count()) == (people, workspaces)
    assert Entry.objects.filter(action="user.deleted").count() == 0


def test_keys_chosen_in_the_list_are_revoked_each_with_an_entry(
    desk: Client, operator: User, owner: Person, stranger: Person
) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(stranger.key.pk), str(owner.key.pk)], "post": "yes"}
    assert desk.post(reverse("admin:accounts_apikey_changelist"), form).status_code == 302
    assert ApiKey.objects.count() == 0
    assert Entry.objects.filter(action="api-key.deleted", actor_id=operator.id).count() == 2
    assert owner.api.get("/api/me/").status_code == 401


def test_key_gets_an_expiry(desk: Client, operator: User, stranger: Person) -> None:
    form = {"name": "laptop", "expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}
    assert desk.post(reverse("admin:accounts_apikey_change", args=[stranger.key.pk]), form).status_code == 302
    assert stranger.api.get("/api/me/").status_code == 401
    assert _last() == ("api-key.updated", operator.id, str(stranger.key.pk), str(stranger.key))


def test_account_gets_another_handle(desk: Client, operator: User, owner: Person, stranger: Person) -> None:
    address = reverse("admin:accounts_account_change", args=[stranger.account.pk])
    assert desk.post(address, {"name": "Boris", "handle": "olga"}).status_code == 200
    assert desk.post(address, {"name": "Boris", "handle": "bo"}).status_code == 302
    assert stranger.api.get("/api/me/").json()["handle"] == "bo"
    assert _last() == ("account.updated", operator.id, str(stranger.account.pk), "bo")
    assert desk.get(reverse("admin:accounts_account_delete", args=[stranger.account.pk])).status_code == 403


def test_memberships_are_made_changed_and_ended(
    desk: Client, operator: User, organization: Organization, stranger: Person
) -> None:
    form: dict[str, Any] = {"account": organization.account.pk, "user": stranger.user.pk, "role": "Admin"}
    assert desk.post(reverse("admin:orgs_membership_add"), form).status_code == 302
    membership = Membership.objects.get(user=stranger.user)
    assert _last()[:3] == ("account-membership.created", operator.id, str(membership.pk))
    shared = f"/api/me/workspaces/{organization.workspace.id}/scopes"
    assert stranger.api.get(shared).status_code == 200
    address = reverse("admin:orgs_membership_change", args=[membership.pk])
    assert desk.post(address, {**form, "role": "Member"}).status_code == 302
    assert _last()[:3] == ("account-membership.updated", operator.id, str(membership.pk))
    assert stranger.api.get(shared).status_code == 404
    assert desk.post(reverse("admin:orgs_membership_delete", args=[membership.pk]), {"post": "yes"}).status_code == 302
    assert _last()[:3] == ("account-membership.deleted", operator.id, str(membership.pk))
    entry = Entry.objects.first()
    assert entry is not None
    assert entry.account_id == organization.account.id


def test_last_owner_is_neither_removed_nor_made_less(desk: Client, organization: Organization) -> None:
    owner = Membership.objects.get(account=organization.account, user=organization.owner.user)
    change = reverse("admin:orgs_membership_change", args=[owner.pk])
    delete = reverse("admin:orgs_membership_delete", args=[owner.pk])
    answer = desk.post(change, {"role": "Member"})
    assert (answer.status_code, "initech would have no owner" in answer.content.decode()) == (200, True)
    assert desk.post(delete, {"post": "yes"}).status_code == 403
    owner.refresh_from_db()
    assert owner.role == "Owner"
    other = Membership.objects.get(account=organization.account, user=organization.admin.user)
    assert desk.post(reverse("admin:orgs_membership_change", args=[other.pk]), {"role": "Owner"}).status_code == 302
    assert desk.post(change, {"role": "Member"}).status_code == 302
    assert desk.post(delete, {"post": "yes"}).status_code == 302


def test_personal_account_gets_no_members(desk: Client, owner: Person, stranger: Person) -> None:
    form = {"account": owner.account.pk, "user": stranger.user.pk, "role": "Admin"}
    answer = desk.post(reverse("admin:orgs_membership_add"), form)
    assert (answer.status_code, "has no members" in answer.content.decode()) == (200, True)
    assert Membership.objects.count() == 0


def test_membership_moves_to_nobody_else(desk: Client, organization: Organization, stranger: Person) -> None:
    member = Membership.objects.get(account=organization.account, user=organization.member.user)
    form = {"account": stranger.account.pk, "user": stranger.user.pk, "role": "Member"}
    assert desk.post(reverse("admin:orgs_membership_change", args=[member.pk]), form).status_code == 302
    member.refresh_from_db()
    assert (member.account, member.user) == (organization.account, organization.member.user)


def test_workspace_is_changed_and_deleted(desk: Client, operator: User, owner: Person, stranger: Person) -> None:
    address = reverse("admin:workspaces_workspace_change", args=[stranger.workspace.pk])
    assert desk.post(address, {"name": "New", "handle": "new", "description": ""}).status_code == 302
    assert stranger.api.get("/api/me/workspaces").json()[0]["workspace_handle"] == "new"
    assert _last()[:3] == ("workspace.updated", operator.id, str(stranger.workspace.pk))
    delete = reverse("admin:workspaces_workspace_delete", args=[stranger.workspace.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 302
    assert list(Workspace.objects.all()) == [owner.workspace]
    assert _last()[:3] == ("workspace.deleted", operator.id, str(stranger.workspace.pk))


def test_the_record_cannot_be_written_here(desk: Client, stranger: Person) -> None:
    entry = Entry.objects.first()
    assert entry is not None
    assert desk.get(reverse("admin:auditlog_entry_add")).status_code == 403
    assert desk.post(reverse("admin:auditlog_entry_change", args=[entry.pk]), {"action": "x"}).status_code == 403
    assert desk.post(reverse("admin:auditlog_entry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


def _last() -> tuple[str, Any, str, str]:
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    return entry.action, entry.actor_id, entry.object_id, entry.object_name
