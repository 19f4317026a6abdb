"""What the Terraform provider sends of accounts, members and account roles, to the letter.

See docs/contract/cloud-api.md, "Conformance checks".
"""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Account
from auditlog.models import Entry
from orgs.models import Membership
from rbac import permissions
from tests.cast import Organization, Person


def test_account_is_updated_in_steps_and_read_back(organization: Organization) -> None:
    """PATCH the account with all five fields, nulls included; then its settings; then its domains; then GET."""
    api, path = organization.admin.api, f"/api/accounts/{organization.account.id}"
    account = {
        "name": "Initrode",
        "handle": "initrode",
        "location": None,
        "link": "https://initrode.example",
        "auth_expiration_seconds": None,
    }
    settings = {
        "allow_public_workspaces": True,
        "ai_log_summaries": False,
        "managed_execution": True,
        "enforce_webhook_authentication": True,
    }
    domains = {"domain_names": ["foobar.example", "example.com"]}
    for below, body in (("/", account), ("/settings", settings), ("/domains", domains)):
        answer = api.patch(f"{path}{below}", body)
        assert (below, answer.status_code, answer.content) == (below, 204, b"")
    read = api.get(f"{path}/").json()
    assert {field: read[field] for field in account} == account
    assert {name: read["settings"][name] for name in settings} == settings
    assert [one["name"] for one in api.get(f"{path}/domains").json()] == domains["domain_names"]


def test_same_account_again_changes_nothing(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}/"
    read = organization.admin.api.get(path).json()
    fields = ("name", "handle", "location", "link", "auth_expiration_seconds")
    assert organization.admin.api.patch(path, {field: read[field] for field in fields}).status_code == 204
    assert organization.admin.api.get(path).json() == read
    assert Entry.objects.filter(action="account.updated").count() == 0


def test_account_without_name_and_handle_keeps_them(organization: Organization) -> None:
    body = {"name": None, "handle": None, "location": "Austin", "link": None, "auth_expiration_seconds": None}
    path = f"/api/accounts/{organization.account.id}/"
    assert organization.admin.api.patch(path, body).status_code == 204
    read = organization.admin.api.get(path).json()
    assert (read["name"], read["handle"], read["location"]) == ("Initech", "initech", "Austin")


def test_json_types_are_those_that_it_decodes(organization: Organization) -> None:
    """A number or a boolean of another type is a crash there."""
    read = organization.admin.api.get(f"/api/accounts/{organization.account.id}/").json()
    numbers = ("run_retention_days", "audit_log_retention_days", "automations_limit", "mex_work_pool_limit")
    assert [type(read[name]) for name in numbers] == [int] * 4
    assert type(read["self_serve"]) is bool
    assert {type(read["settings"][name]) for name in read["settings"] if name.startswith(("a", "m", "enforce"))} == {
        bool
    }
    assert UUID(read["id"]) == organization.account.id


def test_account_is_destroyed_at_the_address_with_a_slash(organization: Organization) -> None:
    answer = organization.owner.api.delete(f"/api/accounts/{organization.account.id}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert Account.objects.filter(id=organization.account.id).count() == 0
    assert organization.owner.api.get(f"/api/accounts/{organization.account.id}/").status_code == 404


@pytest.mark.parametrize(("name", "least"), [("Admin", 30), ("Member", 8), ("Owner", 30)])
def test_account_role_is_found_by_its_name_alone(organization: Organization, name: str, least: int) -> None:
    path = f"/api/accounts/{organization.account.id}/account_roles/filter"
    found = organization.admin.api.post(path, {"account_roles": {"name": {"any_": [name]}}}).json()
    assert [(role["name"], role["account_id"]) for role in found] == [(name, None)]
    assert len(found[0]["permissions"]) >= least


def test_member_is_found_by_email_alone(organization: Organization, stranger: Person) -> None:
    path = f"/api/accounts/{organization.account.id}/account_memberships/filter"
    for email, handles in (("mia@example.com", ["mia"]), ("boris@example.com", [])):
        found = organization.admin.api.post(path, {"account_memberships": {"email": {"any_": [email]}}}).json()
        assert [one["handle"] for one in found] == handles


@pytest.mark.parametrize("everybody", [{"email": {"any_": None}}, {"email": None}, {}, None])
def test_null_filter_lists_everybody(organization: Organization, everybody: Any) -> None:
    path = f"/api/accounts/{organization.account.id}/account_memberships/filter"
    found = organization.admin.api.post(path, {"account_memberships": everybody}).json()
    assert [one["handle"] for one in found] == ["frida", "adam", "mia"]
    assert [UUID(one["actor_id"]) for one in found] == [UUID(one["user_id"]) for one in found]


def test_member_gets_a_role_and_goes_with_204(organization: Organization) -> None:
    membership = Membership.objects.get(user=organization.member.user)
    path = f"/api/accounts/{organization.account.id}/account_memberships/{membership.id}"
    body = {"account_role_id": str(permissions.IDS["Admin"])}
    changed = organization.admin.api.patch(path, body)
    assert (changed.status_code, changed.content) == (204, b"")
    assert organization.admin.api.get(path).json()["account_role_name"] == "Admin"
    gone = organization.admin.api.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")


def test_user_has_an_actor_id(organization: Organization) -> None:
    user = organization.member.user
    assert organization.member.api.get(f"/api/users/{user.id}").json()["actor_id"] == str(user.id)
