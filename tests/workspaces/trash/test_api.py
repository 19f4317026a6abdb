"""The trash over the API and on its pages."""

from typing import Any

import pytest

from tests.cast import Organization, Person
from tests.trash import expire_trash
from tests.visits import text, visitor
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def deleted(person: Person) -> str:
    """Delete the person's workspace, and return the API of their trash."""
    assert person.api.delete(person.workspace_api).status_code == 204
    assert person.api.delete(person.workspace_api).status_code == 404
    return f"/api/accounts/{person.account.id}/trash"


def test_owner_sees_and_restores_a_workspace(owner: Person, stranger: Person) -> None:
    trash = deleted(owner)
    [row] = owner.api.get(trash).json()
    assert (row["workspace_id"], row["handle"], row["restorable"]) == (str(owner.workspace.id), "olga/home", True)
    assert (row["deleted_by"], row["total_rows"], row["removed_rows"]) == (owner.user.name, None, 0)
    restore = f"{trash}/{owner.workspace.id}/restore"
    assert stranger.api.get(trash).status_code == 404
    assert stranger.api.post(restore).status_code == 404
    elsewhere = f"/api/accounts/{stranger.account.id}/trash/{owner.workspace.id}/restore"
    assert stranger.api.post(elsewhere).status_code == 404
    body = {"name": "Again", "handle": "home"}
    assert owner.api.post(f"/api/accounts/{owner.account.id}/workspaces/", body).status_code == 201
    assert owner.api.post(restore).status_code == 409
    assert owner.api.post(restore, {"handle": "No!"}).status_code == 422
    answer = owner.api.post(restore, {"handle": "old-home"})
    assert (answer.status_code, answer.json()["handle"]) == (200, "old-home")
    assert owner.api.post(restore).status_code == 404
    assert owner.api.get(owner.workspace_api).json()["handle"] == "old-home"


def test_only_owners_and_admins_see_the_trash_and_not_when_it_is_too_late(organization: Organization) -> None:
    workspace = organization.workspace
    assert organization.admin.api.delete(f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}").status_code
    trash = f"/api/accounts/{organization.account.id}/trash"
    assert [person.api.get(trash).status_code for person in (organization.admin, organization.member)] == [200, 403]
    restore = f"{trash}/{workspace.id}/restore"
    assert organization.member.api.post(restore).status_code == 403
    expire_trash()
    assert organization.owner.api.post(restore).status_code == 409
    page = f"/account/{organization.account.id}/trash"
    assert visitor(organization.member.user).get(page).status_code == 403
    shown = visitor(organization.owner.user).get(page).content.decode()
    assert ("waiting to be removed" in shown, f"{page}/{workspace.id}/restore" in shown) == (True, False)


def test_owner_restores_an_organization(organization: Organization, stranger: Person) -> None:
    path = f"/api/accounts/{organization.account.id}"
    assert organization.owner.api.delete(path).status_code == 204
    assert organization.owner.api.get(path).status_code == 404
    assert visitor(organization.owner.user).get(f"/account/{organization.account.id}/").status_code == 404
    restore = f"/api/me/trash/{organization.account.id}/restore"
    for person in (stranger, organization.admin, organization.member):
        assert person.api.get("/api/me/trash").json() == []
        assert person.api.post(restore).status_code == 404
        assert visitor(person.user).post(f"/my/trash/{organization.account.id}/restore").status_code == 404
    [row] = organization.owner.api.get("/api/me/trash").json()
    assert (row["account_id"], row["restorable"]) == (str(organization.account.id), True)
    assert organization.owner.api.post(restore).status_code == 204
    assert organization.owner.api.post(restore).status_code == 404
    assert organization.owner.api.get(path).status_code == 200


def test_networks_of_a_deleted_organization_still_count(organization: Organization) -> None:
    organization.account.enforced_networks = ["127.0.0.0/8"]
    organization.account.save(update_fields=["enforced_networks"])
    assert organization.owner.api.delete(f"/api/accounts/{organization.account.id}").status_code == 204
    outside: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.7"}
    api, page = organization.owner.api, f"/my/trash/{organization.account.id}/restore"
    assert api.get("/api/me/trash", **outside).json() == []
    assert api.post(f"/api/me/trash/{organization.account.id}/restore", **outside).status_code == 403
    assert visitor(organization.owner.user).post(page, **outside).status_code == 403
    assert "not open to your network" in text(visitor(organization.owner.user).get("/my/trash", **outside))


def test_pages_restore_once_whatever_is_clicked(owner: Person) -> None:
    deleted(owner)
    client, page = visitor(owner.user), f"/account/{owner.account.id}/trash/{owner.workspace.id}/restore"
    assert client.get(page).status_code == 200
    assert client.post(page, {"handle": ""}).status_code == 422
    assert client.post(page, {"handle": "home"}).status_code == 302
    assert client.post(page, {"handle": "home"}).status_code == 404
    assert Workspace.objects.filter(id=owner.workspace.id).exists()
