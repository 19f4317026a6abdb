"""Organizations: made with an owner, and changed field by field, each change recorded with what was before."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account, FormerHandle, User
from accounts.services.people import create_user
from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Forbidden, Invalid, Taken
from orgs.models import Membership
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import (
    SETTINGS,
    account_settings,
    create_organization,
    update_account_settings,
    update_organization,
)
from orgs.services.teams import everyone_team
from rbac import permissions
from tests.cast import Organization, Person

BY = system("tests")


def make(founder: User, handle: str = "acme", name: str = "Acme") -> Account:
    return create_organization(name=name, handle=handle, founder=founder, actor=founder.as_actor())


def test_founder_is_the_owner_and_a_member_of_everyone(owner: Person) -> None:
    made = make(owner.user, name="  Acme ")
    assert (made.name, made.kind) == ("Acme", Account.ORGANIZATION)
    assert Membership.objects.get(account=made).role == permissions.OWNER
    everyone = everyone_team(made.id)
    assert everyone is not None
    assert everyone.members.get() == owner.user
    entry = Entry.objects.get(action="account.created", object_id=made.id)
    assert entry.actor_id == owner.user.id


@pytest.mark.parametrize(
    ("name", "handle"), [(" ", "acme"), ("x" * 81, "acme"), ("A\nB", "acme"), ("Acme", "No Handle"), ("Acme", "admin")]
)
def test_bad_name_or_handle_makes_nothing(owner: Person, name: str, handle: str) -> None:
    with pytest.raises(ValidationError):
        make(owner.user, handle, name)
    assert not Account.objects.filter(kind=Account.ORGANIZATION).exists()


def test_handle_of_a_person_is_taken(owner: Person, stranger: Person) -> None:
    with pytest.raises(Taken):
        make(owner.user, stranger.account.handle)


def test_cap_counts_what_a_person_owns(owner: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "organizations": 1}
    make(owner.user)
    with pytest.raises(Invalid, match="at most 1 organizations"):
        make(owner.user, "second")


def test_unconfirmed_person_makes_none(db: None) -> None:
    somebody = create_user(email="una@example.com", password="x", handle="una", confirmed=False)
    with pytest.raises(Forbidden, match=r"Confirm the email address una@example\.com"):
        make(somebody)


def test_profile_changes_are_recorded_and_null_empties_a_text(organization: Organization) -> None:
    account = organization.account
    update_organization(account, location="Berlin", link="https://acme.example", actor=BY)
    update_organization(account, location=None, name=None, actor=BY)
    assert (account.location, account.link, account.name) == ("", "https://acme.example", "Initech")
    first, second = Entry.objects.filter(action="account.updated").order_by("id")
    assert first.detail["changes"]["link"] == {"from": "", "to": "https://acme.example"}
    assert second.detail["changes"] == {"location": {"from": "Berlin", "to": ""}}


def test_change_that_changes_nothing_is_not_recorded(organization: Organization) -> None:
    update_organization(organization.account, name="Initech", handle="initech", actor=BY)
    assert not Entry.objects.filter(action="account.updated").exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"name": " "},
        {"handle": "a b"},
        {"link": "javascript:alert(1)"},
        {"billing_email": "nobody"},
        {"auth_expiration_seconds": 0},
        {"auth_expiration_seconds": 2**31},
    ],
)
def test_bad_profile_changes_nothing(organization: Organization, bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        update_organization(organization.account, location="Berlin", **bad, actor=BY)
    organization.account.refresh_from_db()
    assert organization.account.location == ""


def test_field_that_no_account_has_is_a_mistake_of_the_caller(organization: Organization) -> None:
    with pytest.raises(TypeError):
        update_organization(organization.account, colour="red", actor=BY)


def test_old_handle_leads_on(organization: Organization) -> None:
    update_organization(organization.account, handle="initrode", actor=BY)
    assert FormerHandle.objects.get(handle="initech").account == organization.account


def test_name_and_handle_of_a_personal_account_are_its_persons(owner: Person) -> None:
    for field in ("name", "handle"):
        with pytest.raises(Invalid, match="in the profile of its user"):
            update_organization(owner.account, **{field: "other"}, actor=BY)
    update_organization(owner.account, location="Berlin", actor=BY)


def test_settings_have_values_before_anybody_switches_them(organization: Organization) -> None:
    assert account_settings(organization.account) == SETTINGS
    update_account_settings(organization.account, {"allow_public_workspaces": True}, actor=BY)
    assert account_settings(organization.account) == {**SETTINGS, "allow_public_workspaces": True}
    update_account_settings(organization.account, {"allow_public_workspaces": True}, actor=BY)
    entry = Entry.objects.get(action="account-settings.updated")
    assert entry.detail["changes"] == {"allow_public_workspaces": {"from": False, "to": True}}


def test_allowlist_is_not_enforced_against_whoever_switches_it_on(organization: Organization) -> None:
    account = organization.account
    set_networks(account, [Network("10.0.0.0/8")], address="10.0.0.1", actor=BY)
    with pytest.raises(Invalid, match="you would lock yourself out"):
        update_account_settings(account, {"enforce_ip_allowlist": True}, address="192.0.2.1", actor=BY)
    assert account_settings(account)["enforce_ip_allowlist"] is False
    update_account_settings(account, {"enforce_ip_allowlist": True}, address="10.0.0.1", actor=BY)
    assert account.enforced_networks == ["10.0.0.0/8"]
    update_account_settings(account, {"enforce_ip_allowlist": False}, address="", actor=BY)
    assert account.enforced_networks == []
