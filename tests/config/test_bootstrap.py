import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from accounts.models import Account, ApiKey, User
from accounts.services.keys import find_key
from accounts.services.people import create_user
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def bootstrap(handle: str, *more: str, email: str = "ann@example.com", workspace: str = "main") -> dict[str, str]:
    out = StringIO()
    call_command(
        "bootstrap", "--email", email, "--handle", handle, "--workspace", workspace, "--json", *more, stdout=out
    )
    answer: dict[str, str] = json.loads(out.getvalue())
    return answer


def test_person_account_workspace_and_usable_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAILIWICK_PASSWORD", "a good long password")
    answer = bootstrap("ann")
    account, workspace = Account.objects.get(), Workspace.objects.get()
    place = f"{account.id}/workspaces/{workspace.id}"
    key = find_key(answer["api_key"])
    assert answer == {
        "account_id": str(account.id),
        "workspace_id": str(workspace.id),
        "api_url": f"http://127.0.0.1:8000/api/accounts/{place}",
        "ui_url": f"http://127.0.0.1:8000/account/{account.id}/workspace/{workspace.id}",
        "api_key": answer["api_key"],
    }
    assert key is not None
    assert key.user.email == "ann@example.com"
    assert key.user.check_password("a good long password")
    assert (account.kind, workspace.full_handle) == (Account.PERSONAL, "ann/main")


def test_generated_password_is_shown_once() -> None:
    first, second = bootstrap("ann"), bootstrap("ann")
    assert User.objects.get().check_password(first["password"])
    assert "password" not in second


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_person_may_sign_in_where_addresses_must_be_verified(client: Client) -> None:
    made = bootstrap("ann")
    answer = client.post("/auth/sign-in", {"login": "ann@example.com", "password": made["password"]})
    assert (answer.status_code, client.session.get("_auth_user_id")) == (302, str(User.objects.get().id))


def test_second_run_finds_everything_and_replaces_only_its_own_key() -> None:
    first, other = bootstrap("ann"), bootstrap("ann", workspace="other")
    second = bootstrap("ann")
    assert (second["account_id"], second["workspace_id"]) == (first["account_id"], first["workspace_id"])
    assert find_key(first["api_key"]) is None
    assert find_key(second["api_key"]) is not None
    assert find_key(other["api_key"]) is not None
    assert (User.objects.count(), Workspace.objects.count(), ApiKey.objects.count()) == (1, 2, 2)


def test_organization_is_owned_by_the_person() -> None:
    first, second = bootstrap("acme", "--organization"), bootstrap("acme", "--organization")
    account = Account.objects.get(kind=Account.ORGANIZATION)
    person = User.objects.get()
    assert second["account_id"] == first["account_id"] == str(account.id)
    assert [(member.user, member.role) for member in account.memberships.all()] == [(person, "Owner")]
    assert person.handle == "ann"


def test_organization_gets_the_handle_that_the_address_of_its_owner_suggests() -> None:
    answer = bootstrap("acme", "--organization", email="acme@example.com")
    assert Account.objects.get(id=answer["account_id"]).handle == "acme"
    assert User.objects.get().handle == "acme-2"


def test_handle_of_somebody_else_is_refused_and_nothing_made() -> None:
    bootstrap("acme", "--organization")
    with pytest.raises(CommandError, match=r"not an organization that bob@example\.com owns"):
        bootstrap("acme", "--organization", email="bob@example.com")
    with pytest.raises(CommandError, match="taken"):
        bootstrap("acme", email="bob@example.com")
    with pytest.raises(CommandError, match="valid email"):
        bootstrap("bob", email="bob@example")
    assert not User.objects.filter(email="bob@example.com").exists()


def test_address_that_somebody_signed_up_with_must_be_confirmed_first() -> None:
    """They would share the key that is made here."""
    stranger = create_user(email="ann@example.com", password="x", handle="ann", confirmed=False)
    for more in ((), ("--organization",)):
        with pytest.raises(CommandError, match="has not confirmed the address"):
            bootstrap("ann", *more)
    assert (ApiKey.objects.count(), Workspace.objects.count()) == (0, 0)
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="none"):
        bootstrap("ann")
    stranger.emailaddress_set.update(verified=True)  # type: ignore[attr-defined]  # allauth's
    bootstrap("ann")
