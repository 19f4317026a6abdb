"""A service account that gets more permissions has no key from before, whichever door it came through."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, User
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.services.service_accounts import role_of, rotate_key
from rbac import permissions
from tests.cast import Api, Organization
from tests.visits import text, visitor

Door = Callable[[Organization, ServiceAccount, str], int]


def _bots(organization: Organization, below: str = "") -> str:
    return f"/api/accounts/{organization.account.id}/bots/{below}"


def _by_bots_api(organization: Organization, bot: ServiceAccount, role: str) -> int:
    body = {"account_role_id": str(permissions.IDS[role])}
    return organization.owner.api.patch(_bots(organization, str(bot.id)), body).status_code


def _by_memberships_api(organization: Organization, bot: ServiceAccount, role: str) -> int:
    place = Membership.objects.get(user=bot)
    path = f"/api/accounts/{organization.account.id}/account_memberships/{place.id}"
    return organization.owner.api.patch(path, {"account_role_id": str(permissions.IDS[role])}).status_code


def _by_page(organization: Organization, bot: ServiceAccount, role: str) -> int:
    path = f"/account/{organization.account.id}/service-accounts/{bot.id}/edit"
    answer = visitor(organization.owner.user).post(path, {"name": bot.name, "role": role, "owner_confirmed": "1"})
    return 204 if answer.status_code == 302 else answer.status_code


def _by_django_admin(organization: Organization, bot: ServiceAccount, role: str) -> int:
    desk = Client()
    desk.force_login(User.objects.create_superuser(email="desk@example.com", password="correct horse battery"))
    place = Membership.objects.get(user=bot)
    answer = desk.post(reverse("admin:orgs_membership_change", args=[place.pk]), {"role": role, "active": "on"})
    return 204 if answer.status_code == 302 else answer.status_code


@pytest.fixture
def robot(organization: Organization) -> tuple[ServiceAccount, list[str]]:
    """Made and rotated by the Admin, who has both keys, and both work."""
    made: dict[str, Any] = organization.admin.api.post(_bots(organization), {"name": "robot"}).json()
    path = _bots(organization, f"{made['id']}/rotate_api_key")
    new = organization.admin.api.post(path, {"old_key_expires_in_seconds": 3600}).json()
    return ServiceAccount.objects.get(id=made["id"]), [made["api_key"]["key"], new["api_key"]["key"]]


@pytest.mark.parametrize("door", [_by_bots_api, _by_memberships_api, _by_page, _by_django_admin])
def test_promotion_ends_every_key(
    organization: Organization, robot: tuple[ServiceAccount, list[str]], door: Door
) -> None:
    bot, values = robot
    assert [Api(value).get("/api/me/").status_code for value in values] == [200, 200]
    assert door(organization, bot, permissions.OWNER) == 204
    assert role_of(bot) == permissions.OWNER
    assert [Api(value).get("/api/me/").status_code for value in values] == [401, 401]
    assert ApiKey.objects.filter(user=bot).count() == 0
    assert Entry.objects.filter(action="api-key.deleted", account_id=organization.account.id).count() == 2
    read = organization.owner.api.get(_bots(organization, str(bot.id))).json()
    assert (read["account_role_name"], read["api_key"]["masked_key"]) == ("Owner", None)
    rotate = _bots(organization, f"{bot.id}/rotate_api_key")
    assert organization.admin.api.post(rotate).status_code == 403
    assert organization.owner.api.post(rotate).status_code == 201


def test_fewer_or_the_same_permissions_leave_the_keys(
    organization: Organization, robot: tuple[ServiceAccount, list[str]]
) -> None:
    bot, _ = robot
    assert _by_bots_api(organization, bot, permissions.MEMBER) == 204
    assert ApiKey.objects.filter(user=bot).count() == 2
    assert _by_bots_api(organization, bot, permissions.OWNER) == 204
    _, value = rotate_key(bot, actor=organization.owner.user.as_actor())
    for role in (permissions.OWNER, permissions.ADMIN, permissions.MEMBER):
        assert _by_bots_api(organization, bot, role) == 204
        assert Api(value).get("/api/me/").status_code == 200


def test_the_page_says_so_and_leads_to_a_new_key(
    organization: Organization, robot: tuple[ServiceAccount, list[str]]
) -> None:
    bot, _ = robot
    client, path = visitor(organization.owner.user), f"/account/{organization.account.id}/service-accounts/{bot.id}"
    assert "revokes its keys at once" in text(client.get(path + "/edit"))
    saved = client.post(path + "/edit", {"name": "robot", "role": "Admin"}, follow=True)
    assert "No valid key" in text(saved)
    assert f'<a href="{path}/rotate">Rotate the key to create one</a>' in saved.content.decode()


def test_an_admin_does_not_rename_an_owners(
    organization: Organization, robot: tuple[ServiceAccount, list[str]]
) -> None:
    bot, _ = robot
    assert organization.admin.api.patch(_bots(organization, str(bot.id)), {"name": "ours"}).status_code == 204
    _by_bots_api(organization, bot, permissions.OWNER)
    assert organization.admin.api.patch(_bots(organization, str(bot.id)), {"name": "mine"}).status_code == 403
    page = f"/account/{organization.account.id}/service-accounts/{bot.id}/edit"
    answer = visitor(organization.admin.user).post(page, {"name": "mine", "role": "Member"})
    assert answer.status_code in (403, 422)
    assert ServiceAccount.objects.get(id=bot.id).name == "ours"
    assert organization.owner.api.patch(_bots(organization, str(bot.id)), {"name": "theirs"}).status_code == 204
