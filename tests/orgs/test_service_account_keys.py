"""What a service account's key opens of the endpoints that are about a person."""

import pytest

from accounts.models import Account, ApiKey, User
from auditlog.actors import system
from orgs.services.service_accounts import create_service_account
from rbac import permissions
from tests.cast import Api, Organization


@pytest.fixture
def robot(organization: Organization) -> tuple[Api, User]:
    """An owner of the organization, so that nothing fails for a lack of rights."""
    made = create_service_account(organization.account, name="Robot", role=permissions.OWNER, actor=system("tests"))
    return Api(made[2]), made[0]


def test_me_is_the_service_account_by_name(robot: tuple[Api, User]) -> None:
    api, user = robot
    answer = api.get("/api/me/")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": str(user.id),
            "handle": "",
            "first_name": "Robot",
            "last_name": "",
            "email": user.email,
            "location": None,
            "personal_account_id": None,
            "settings": {
                "default_timezone": None,
                "default_color_palette": None,
                "tutorial_completed": False,
                "feature_previews": [],
            },
        },
    )


def test_its_accounts_and_sessions_are_its_own(organization: Organization, robot: tuple[Api, User]) -> None:
    api, _ = robot
    accounts = [(one["account_handle"], one["account_role_name"]) for one in api.get("/api/me/accounts").json()]
    assert accounts == [("initech", "Owner")]
    assert api.get("/api/me/sessions").json() == []
    assert [one["account_handle"] for one in api.get("/api/me/workspaces").json()] == ["initech"]


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("get", "/api_keys"),
        ("post", "/api_keys"),
        ("get", "/api_keys/{key}"),
        ("delete", "/api_keys/{key}"),
    ],
)
def test_it_is_no_user(robot: tuple[Api, User], method: str, below: str) -> None:
    """It makes no keys beside the one it has, and does not delete itself."""
    api, user = robot
    key = ApiKey.objects.get(user=user.id)
    body = {"name": "spare"} if method in ("post", "patch") else None
    answer = api.call(method, f"/api/users/{user.id}{below.format(key=key.id)}", body)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert list(ApiKey.objects.filter(user=user.id)) == [key]
    assert api.get("/api/me/").status_code == 200


def test_it_neither_leaves_nor_founds_nor_has_a_picture(organization: Organization, robot: tuple[Api, User]) -> None:
    api, _ = robot
    left = api.delete(f"/api/me/accounts/{organization.account.id}")
    assert (left.status_code, left.json()) == (409, {"detail": "A service account cannot leave its account."})
    assert api.delete("/api/me/profile-image").status_code == 404
    assert api.post("/api/me/profile-image/reset").status_code == 404
    assert api.post("/api/accounts/", {"name": "More", "handle": "more"}).status_code == 403
    assert Account.objects.filter(handle="more").count() == 0
