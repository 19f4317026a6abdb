"""Accounts as things to manage (docs/contract/cloud-api.md, "Accounts")."""

import io
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from accounts.models import Account, AccountImage, User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Domain, Membership
from orgs.services.members import set_active
from orgs.services.networks import Network, set_networks
from orgs.services.service_accounts import create_service_account
from rbac import permissions
from tests.cast import Api, Organization, Person, share
from tests.visits import visitor
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

SETTINGS: dict[str, Any] = {
    "allow_public_workspaces": False,
    "ai_log_summaries": False,
    "managed_execution": True,
    "enforce_ip_allowlist": False,
    "enforce_webhook_authentication": False,
    "self_healing_enabled": False,
    "enabled_feature_flags": [],
    "default_result_storage": None,
}


@pytest.mark.parametrize("slash", ["", "/"])
def test_account_is_read_by_all_who_belong_to_it(organization: Organization, slash: str) -> None:
    account = organization.account
    answer = organization.member.api.get(f"/api/accounts/{account.id}{slash}")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": str(account.id),
            "created": _time(account.created),
            "updated": _time(account.updated),
            "name": "Initech",
            "handle": "initech",
            "location": None,
            "link": None,
            "image_location": None,
            "auth_expiration_seconds": None,
            "settings": SETTINGS,
            "status": "ACTIVE",
            "status_last_updated": None,
            "plan_type": "ORGANIZATION",
            "plan_tier": None,
            "self_serve": False,
            "sso_state": "DISABLED",
            "scim_state": "DISABLED",
            "features": [
                "audit_log_streams",
                "custom_workspace_roles",
                "ip_allowlist",
                "object_access_lists",
                "service_accounts",
                "teams",
                "workspace_access",
            ],
            "run_retention_days": 36500,
            "audit_log_retention_days": 36500,
            "automations_limit": 2147483647,
            "work_pool_limit": None,
            "non_mex_work_pool_limit": None,
            "mex_work_pool_limit": 0,
            "max_deployments_per_workspace": None,
            "billing_email": None,
            "stripe_customer_id": None,
            "workos_organization_id": None,
            "workos_connection_ids": [],
            "workos_directory_ids": [],
        },
    )


def test_address_for_bills_is_shown_to_those_who_may_read_bills(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}"
    assert organization.owner.api.patch(path, {"billing_email": "bills@initech.example"}).status_code == 204
    assert organization.admin.api.get(path).json()["billing_email"] == "bills@initech.example"
    assert organization.member.api.get(path).json()["billing_email"] is None


def test_person_founds_an_organization_and_owns_it(owner: Person) -> None:
    body = {"name": "Initech", "handle": "initech", "location": "Austin", "link": "https://initech.example"}
    answer = owner.api.post("/api/accounts/", body)
    assert answer.status_code == 201
    account = Account.objects.get(handle="initech")
    assert answer.json() == owner.api.get(f"/api/accounts/{account.id}").json()
    assert {field: answer.json()[field] for field in body} == body
    assert (answer.json()["plan_type"], account.user_id) == ("ORGANIZATION", None)
    member = Membership.objects.get(account=account)
    assert (member.user, member.role) == (owner.user, permissions.OWNER)
    entry = Entry.objects.get(action="account.created")
    assert (entry.actor_id, entry.account_id) == (owner.user.id, account.id)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Initech", "handle": "boris"}, 409),
        ({"name": "Initech", "handle": "api"}, 409),
        ({"name": "Initech", "handle": "In Tech"}, 422),
        ({"name": "  ", "handle": "initech"}, 422),
        ({"name": "Initech", "handle": "initech", "link": "javascript:alert(1)"}, 422),
        ({"name": "Initech", "handle": None}, 422),
        ({"name": "Initech"}, 422),
        ({"name": "x" * 501, "handle": "initech"}, 422),
        ({"name": "Initech", "handle": "initech", "kind": "PERSONAL"}, 422),
    ],
)
def test_organization_that_does_not_fit_is_not_founded(
    owner: Person, stranger: Person, body: dict[str, Any], status: int
) -> None:
    before = Account.objects.count()
    assert owner.api.post("/api/accounts", body).status_code == status
    assert (Account.objects.count(), Membership.objects.count()) == (before, 0)
    assert Entry.objects.filter(action="account.created").count() == 0


def test_service_account_founds_nothing(organization: Organization) -> None:
    answer = _bot(organization, permissions.OWNER).post("/api/accounts/", {"name": "Bots", "handle": "bots"})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Only a person can found an organization."})
    assert Account.objects.filter(handle="bots").count() == 0


def test_change_leaves_an_entry_with_before_and_after(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}"
    body = {"name": "Initrode", "location": "Austin", "auth_expiration_seconds": 3600}
    assert organization.admin.api.patch(path, body).status_code == 204
    entry = Entry.objects.get(action="account.updated")
    assert (entry.actor_id, entry.account_id) == (organization.admin.user.id, organization.account.id)
    assert entry.detail["changes"] == {
        "name": {"from": "Initech", "to": "Initrode"},
        "location": {"from": "", "to": "Austin"},
        "auth_expiration_seconds": {"from": None, "to": 3600},
    }
    assert organization.admin.api.patch(path, body).status_code == 204
    assert Entry.objects.filter(action="account.updated").count() == 1
    assert organization.admin.api.patch(path, {"location": None}).status_code == 204
    after = organization.admin.api.get(path).json()
    assert [after[field] for field in body] == ["Initrode", None, 3600]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"handle": "boris"}, 409),
        ({"handle": "Not A Handle"}, 422),
        ({"handle": "x" * 5000}, 422),
        ({"link": "javascript:alert(1)"}, 422),
        ({"billing_email": "nobody"}, 422),
        ({"auth_expiration_seconds": 0}, 422),
        ({"auth_expiration_seconds": 2**40}, 422),
        ({"workos_organization_id": "org_1"}, 422),
        ({"workos_connection_ids": ["conn_1"]}, 422),
        ({"name": "New", "settings": {"enabled_feature_flags": ["everything"]}}, 422),
        ({"name": "x" * 501}, 422),
        ({"name": " "}, 422),
        ({"plan_type": "ENTERPRISE"}, 422),
        ([], 422),
    ],
)
def test_change_that_does_not_fit_changes_nothing(
    organization: Organization, stranger: Person, body: Any, status: int
) -> None:
    path = f"/api/accounts/{organization.account.id}"
    before = organization.owner.api.get(path).json()
    assert organization.owner.api.call("patch", path, body).status_code == status
    assert organization.owner.api.get(path).json() == before
    assert Entry.objects.filter(action__in=["account.updated", "account-settings.updated"]).count() == 0


def test_settings_within_a_change_are_switched_too(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}"
    body = {"workos_connection_ids": [], "settings": {"managed_execution": False, "enabled_feature_flags": []}}
    assert organization.admin.api.patch(path, body).status_code == 204
    assert organization.admin.api.get(path).json()["settings"] == SETTINGS | {"managed_execution": False}


def test_name_of_a_personal_account_is_its_persons(owner: Person) -> None:
    path = f"/api/accounts/{owner.account.id}"
    assert owner.api.get(path).json()["plan_type"] == "PERSONAL"
    assert owner.api.patch(path, {"name": "Somebody"}).status_code == 422
    assert owner.api.patch(path, {"name": "Olga Example", "handle": "olga", "location": "Kyiv"}).status_code == 204
    assert owner.api.get(path).json()["location"] == "Kyiv"


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("get", "", None),
        ("patch", "", {"name": "Mine"}),
        ("delete", "", None),
        ("get", "/settings", None),
        ("patch", "/settings", {"ai_log_summaries": True}),
        ("get", "/domains", None),
        ("patch", "/domains", {"domain_names": ["mine.example"]}),
        ("get", "/usage", None),
        ("get", "/usage_limits", None),
        ("get", "/image", None),
        ("put", "/image", None),
        ("delete", "/image", None),
    ],
)
def test_strangers_and_suspended_members_find_nothing(
    organization: Organization, stranger: Person, method: str, below: str, body: Any
) -> None:
    suspended = Membership.objects.get(user=organization.admin.user)
    set_active(suspended, False, actor=system("tests"))
    for caller, account_id in (
        (stranger, organization.account.id),
        (organization.admin, organization.account.id),
        (stranger, uuid4()),
    ):
        answer = caller.api.call(method, f"/api/accounts/{account_id}{below}", body)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert Account.objects.get(id=organization.account.id).name == "Initech"


def test_owner_alone_deletes_the_organization_with_all_that_is_in_it(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}"
    bot = _bot(organization, permissions.MEMBER)
    for caller, permission in ((organization.member, "delete:account"), (organization.admin, "delete:account")):
        answer = caller.api.delete(path)
        assert (answer.status_code, answer.json()) == (
            403,
            {"detail": f"This needs the permission {permission} in the account."},
        )
    assert organization.owner.api.delete(f"{path}/").status_code == 204
    assert organization.owner.api.delete(path).status_code == 404
    assert bot.get("/api/me/").status_code == 401
    assert Account.objects.filter(kind=Account.ORGANIZATION).count() == 0
    assert Workspace.objects.filter(handle="shared").count() == 0
    assert User.objects.count() == 3
    entry = Entry.objects.get(action="account.deleted")
    assert (entry.actor_id, entry.object_name) == (organization.owner.user.id, "initech")


def test_personal_account_goes_with_its_person_alone(owner: Person) -> None:
    assert owner.api.delete(f"/api/accounts/{owner.account.id}").status_code == 409
    assert Account.objects.filter(id=owner.account.id).count() == 1


def test_settings_are_switched_one_by_one(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}/settings"
    assert organization.member.api.get(path).json() == SETTINGS
    assert organization.admin.api.patch(path, {"ai_log_summaries": True}).status_code == 204
    assert organization.admin.api.patch(path, {"self_healing_enabled": True}).status_code == 204
    assert organization.admin.api.patch(path, {"ai_log_summaries": None}).status_code == 204
    assert organization.admin.api.patch(path, {}).status_code == 204
    now = SETTINGS | {"ai_log_summaries": True, "self_healing_enabled": True}
    assert organization.member.api.get(path).json() == now
    changes = [entry.detail["changes"] for entry in Entry.objects.filter(action="account-settings.updated")]
    assert changes == [
        {"self_healing_enabled": {"from": False, "to": True}},
        {"ai_log_summaries": {"from": False, "to": True}},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"free_beer": True},
        {"ai_log_summaries": "maybe"},
        {"enabled_feature_flags": []},
        {"default_result_storage": {"block_type": {"name": "S3", "slug": "s3"}, "block_schema": {"checksum": "x"}}},
    ],
)
def test_settings_that_do_not_fit_are_422(organization: Organization, body: dict[str, Any]) -> None:
    path = f"/api/accounts/{organization.account.id}/settings"
    assert organization.owner.api.patch(path, {"managed_execution": False} | body).status_code == 422
    assert organization.owner.api.get(path).json() == SETTINGS


def test_allowlist_is_enforced_only_where_it_lets_the_caller_in(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}/settings"
    networks = [Network("203.0.113.0/24")]
    set_networks(organization.account, networks, address="203.0.113.7", actor=system("tests"))
    body = {"enforce_ip_allowlist": True, "ai_log_summaries": True}
    assert organization.admin.api.patch(path, body).status_code == 422
    assert organization.admin.api.get(path).json() == SETTINGS
    assert organization.admin.api.patch(path, body, REMOTE_ADDR="203.0.113.7").status_code == 204
    assert organization.admin.api.get(path).status_code == 403
    assert organization.admin.api.get(path, REMOTE_ADDR="203.0.113.7").json() == SETTINGS | body


def test_domains_keep_their_order(organization: Organization) -> None:
    path = f"/api/accounts/{organization.account.id}/domains"
    api = organization.admin.api
    assert api.get(path).json() == []
    assert api.patch(path, {"domain_names": ["zeta.example", "alpha.example"]}).status_code == 204
    first = api.get(path).json()
    domain = Domain.objects.get(name="zeta.example")
    assert first[0] == {
        "id": str(domain.id),
        "created": _time(domain.created),
        "updated": _time(domain.updated),
        "account_id": str(organization.account.id),
        "name": "zeta.example",
    }
    assert api.patch(path, {"domain_names": ["beta.example", "alpha.example", "zeta.example"]}).status_code == 204
    second = api.get(path).json()
    assert [one["name"] for one in second] == ["beta.example", "alpha.example", "zeta.example"]
    assert second[2]["id"] == first[0]["id"]
    assert api.patch(path, {"domain_names": []}).status_code == 204
    assert api.get(path).json() == []
    entries = Entry.objects.filter(action="account-domains.updated").order_by("id")
    assert [entry.detail["changes"]["domain_names"] for entry in entries] == [
        {"from": [], "to": ["zeta.example", "alpha.example"]},
        {"from": ["zeta.example", "alpha.example"], "to": ["beta.example", "alpha.example", "zeta.example"]},
        {"from": ["beta.example", "alpha.example", "zeta.example"], "to": []},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"domain_names": None},
        {"domain_names": ["not a domain"]},
        {"domain_names": ["a.example", "A.example"]},
        {"domain_names": ["x" * 300 + ".example"]},
        {"domain_names": [f"d{number}.example" for number in range(101)]},
    ],
)
def test_domains_that_do_not_fit_are_422(organization: Organization, body: dict[str, Any]) -> None:
    path = f"/api/accounts/{organization.account.id}/domains"
    organization.owner.api.patch(path, {"domain_names": ["stays.example"]})
    assert organization.owner.api.patch(path, body).status_code == 422
    assert [one["name"] for one in organization.owner.api.get(path).json()] == ["stays.example"]


def test_two_accounts_may_name_the_same_domain(organization: Organization, stranger: Person) -> None:
    for person, account in ((organization.owner, organization.account), (stranger, stranger.account)):
        path = f"/api/accounts/{account.id}/domains"
        assert person.api.patch(path, {"domain_names": ["shared.example"]}).status_code == 204
        assert [one["account_id"] for one in person.api.get(path).json()] == [str(account.id)]


def test_limits_of_the_settings_are_told(organization: Organization) -> None:
    limits = organization.member.api.get(f"/api/accounts/{organization.account.id}/usage_limits").json()
    assert limits == {
        "audit_log_retention_days": None,
        "automations_limit": None,
        "log_rate_limit": 120_000,
        "orchestration_rate_limit": 24_000,
        "max_deployments_per_workspace": None,
        "run_retention_days": None,
        "user_limit": 5_000,
        "free_user_slots": None,
        "workspace_limit": 500,
        "work_pool_limit": None,
        "non_mex_work_pool_limit": None,
        "mex_work_pool_limit": 0,
        "mex_compute_limit": 0,
        "mex_concurrency_limit": 0,
    }


def test_usage_is_told_of_the_accounts_workspaces_that_one_may_enter(organization: Organization) -> None:
    actor = organization.owner.user.as_actor()
    other = create_workspace(organization.account, name="Another", handle="another", actor=actor)
    share(other, organization.member.user, "Viewer")
    path = f"/api/accounts/{organization.account.id}/usage"
    none = {
        "automations": 0,
        "deployments": 0,
        "work_pools": 0,
        "managed_work_pools": 0,
        "non_managed_work_pools": 0,
        "mex_compute": 0,
    }
    another = {"id": str(other.id), "name": "Another"} | none
    shared = {"id": str(organization.workspace.id), "name": "Shared"} | none
    assert organization.admin.api.get(path).json() == [another, shared]
    assert organization.member.api.get(path).json() == [another]


def test_image_is_set_served_and_removed(organization: Organization, settings: Any) -> None:
    path = f"/api/accounts/{organization.account.id}/image"
    api = organization.admin.api
    assert api.get(path).status_code == 404
    assert _send_image(api, path, _png()).status_code == 204
    image = AccountImage.objects.get(account=organization.account)
    answer = organization.member.api.get(path)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/webp", bytes(image.content))
    location = api.get(f"/api/accounts/{organization.account.id}").json()["image_location"]
    assert location == f"{settings.PUBLIC_URL}/account/{organization.account.id}/image"
    assert _send_image(organization.member.api, path, _png()).status_code == 403
    assert organization.member.api.delete(path).status_code == 403
    assert _send_image(api, path, b"<svg/>").status_code == 422
    assert [api.delete(path).status_code for _ in range(2)] == [204, 204]
    assert AccountImage.objects.count() == 0
    actions = Entry.objects.filter(action__startswith="account.image").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["account.image-set", "account.image-removed"]


def test_suspended_members_do_not_see_the_picture(organization: Organization) -> None:
    _send_image(organization.admin.api, f"/api/accounts/{organization.account.id}/image", _png())
    page = f"/account/{organization.account.id}/image"
    assert visitor(organization.member.user).get(page).status_code == 200
    set_active(Membership.objects.get(user=organization.member.user), False, actor=system("tests"))
    assert visitor(organization.member.user).get(page).status_code == 404


@pytest.mark.parametrize("below", ["", "/settings", "/domains", "/usage", "/usage_limits"])
def test_reading_costs_the_same_for_one_and_three(
    organization: Organization, below: str, django_assert_max_num_queries: Any
) -> None:
    path = f"/api/accounts/{organization.account.id}{below}"
    api, actor = organization.owner.api, organization.owner.user.as_actor()
    api.get(path)
    counts = []
    for number in range(2):
        with django_assert_max_num_queries(5) as captured:
            assert api.get(path).status_code == 200
        counts.append(len(captured))
        for name in (f"more-{number}", f"most-{number}"):
            create_workspace(organization.account, name=name, handle=name, actor=actor)
        api.patch(f"/api/accounts/{organization.account.id}/domains", {"domain_names": ["a.example", "b.example"]})
    assert counts[0] == counts[1]


def _bot(organization: Organization, role: str) -> Api:
    _, _, value = create_service_account(organization.account, name="robot", role=role, actor=system("tests"))
    return Api(value)


def _time(value: Any) -> str:
    return str(value.isoformat().replace("+00:00", "Z"))


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def _send_image(api: Api, path: str, content: bytes) -> Any:
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("it.png", content)})
    return api.call("put", path, body, content_type=MULTIPART_CONTENT)
