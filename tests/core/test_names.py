"""A name is one printable line of at most 80 characters without "://", wherever it comes from."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.forms import KeyForm, ProfileForm, SignUpFields
from accounts.join_form import JoinForm
from accounts.models import Account, User
from accounts.services.keys import create_key
from accounts.services.people import create_user, update_profile
from config.bootstrap import bootstrap
from core.names import LENGTH, as_line, check_name
from orgs.forms import OrganizationForm
from orgs.role_editor import RoleForm
from orgs.services.organizations import create_organization, update_organization
from orgs.services.roles import create_role, update_role
from orgs.services.service_accounts import create_service_account, rename_service_account, rotate_key
from orgs.services.teams import create_team, update_team
from orgs.team_forms import TeamForm
from tests.cast import PASSWORD, Organization, Person
from workspaces.access.service_account_forms import EditForm
from workspaces.directory.forms import WorkspaceForm
from workspaces.directory.services import create_workspace, update_workspace

PHISHING = "Alice,\n\nyour payroll account was locked: open http://evil.example/payroll"
BAD = {
    "line break": "Acme\nYour account was locked",
    "carriage return": "Acme\rLocked",
    "line separator": "Acme\u2028Locked",
    "link": "See https://evil.example",
    "too long": "x" * (LENGTH + 1),
    "zero-width space": "Ac\u200bme",
    "right-to-left override": "Acme \u202egpj.exe",
    "isolate": "Acme \u2067x\u2069",
    "escape sequence": "Acme \x1b[31m",
    "byte order mark": "\ufeffAcme",
}
GOOD = [
    "Acme",
    "Zoë O’Neill-Ångström",
    "山田 太郎",
    "J. R. R. Tolkien",
    "R&D: “nightly” (v2.0) 50%",
    "x" * LENGTH,
    "🚀 Rockets",
]


@pytest.mark.parametrize("name", BAD.values(), ids=BAD)
def test_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        check_name(name)


@pytest.mark.parametrize("name", GOOD)
def test_usual_name_is_taken_and_stays_as_it_is(name: str) -> None:
    check_name(name)
    assert as_line(name) == name


def test_any_text_becomes_one_line() -> None:
    assert as_line("Hello\r\n\u2028 Alice\u200b\x00, pay") == "Hello Alice , pay"
    assert as_line("http://evil.example") == "http: //evil.example"
    assert as_line("x" * 500) == "x" * (LENGTH - 1) + "…"


def test_every_verb_refuses_a_bad_name(owner: Person, organization: Organization) -> None:
    actor, account = owner.user.as_actor(), organization.account
    team = create_team(account, name="Data", actor=actor)
    role = create_role(account, name="Reader", scopes=["see_flows"], actor=actor)
    bot, _, _ = create_service_account(account, name="ci", actor=actor)
    verbs: list[Callable[[], object]] = [
        lambda: create_user(email="new@example.com", password=PASSWORD, handle="new", first_name=PHISHING),
        lambda: create_user(email="new@example.com", password=PASSWORD, handle="new", last_name=PHISHING),
        lambda: update_profile(owner.user, first_name=PHISHING, actor=actor),
        lambda: update_profile(owner.user, last_name=PHISHING, actor=actor),
        lambda: update_profile(owner.user, first_name="a" * 50, last_name="b" * 50, actor=actor),
        lambda: create_key(owner.user, name=PHISHING, expires_at=None, actor=actor),
        lambda: create_organization(name=PHISHING, handle="evil", founder=owner.user, actor=actor),
        lambda: update_organization(account, name=PHISHING, actor=actor),
        lambda: create_workspace(account, name=PHISHING, handle="evil", actor=actor),
        lambda: update_workspace(organization.workspace, name=PHISHING, actor=actor),
        lambda: create_team(account, name=PHISHING, actor=actor),
        lambda: update_team(team, name=PHISHING, actor=actor),
        lambda: create_role(account, name=PHISHING, scopes=["see_flows"], actor=actor),
        lambda: update_role(role, name=PHISHING, actor=actor),
        lambda: create_service_account(account, name=PHISHING, actor=actor),
        lambda: rename_service_account(bot, PHISHING, actor=actor),
    ]
    for verb in verbs:
        with pytest.raises(ValidationError, match="A name"):
            verb()


def test_names_of_people_keep_no_line_breaks_around_them(owner: Person) -> None:
    around = {"first_name": "\n" * 300 + "Olga\r\n", "last_name": "\u2028Example\n"}
    assert owner.api.patch(f"/api/users/{owner.user.id}", around).status_code == 204
    owner.user.refresh_from_db()
    made = create_user(
        email="new@example.com",
        password=PASSWORD,
        handle="new",
        first_name=around["first_name"],
        last_name=around["last_name"],
    )
    assert {(one.first_name, one.last_name) for one in (owner.user, made)} == {("Olga", "Example")}


def test_api_refuses_a_bad_name_with_its_reason(organization: Organization) -> None:
    account, api = f"/api/accounts/{organization.account.id}", organization.owner.api
    calls = [
        ("patch", f"/api/users/{organization.owner.user.id}", {"first_name": PHISHING}),
        ("post", f"/api/users/{organization.owner.user.id}/api_keys", {"name": PHISHING}),
        ("patch", f"{account}/", {"name": PHISHING}),
        ("post", f"{account}/workspaces/", {"name": PHISHING, "handle": "evil"}),
        ("post", f"{account}/teams/", {"name": PHISHING}),
        ("post", f"{account}/bots/", {"name": PHISHING}),
        ("post", f"{account}/workspace_roles/", {"name": PHISHING, "scopes": ["see_flows"]}),
    ]
    for method, path, body in calls:
        answer = api.call(method, path, body)
        assert (answer.status_code, str(answer.json()["detail"])[:6]) == (422, "A name"), path


def test_forms_say_what_is_wrong_at_the_name(db: None) -> None:
    data = {"name": PHISHING, "handle": "evil", "email": "a@example.com", "password": PASSWORD}
    forms: list[Any] = [
        SignUpFields(data), ProfileForm(data), KeyForm(data), JoinForm("a@example.com", data), OrganizationForm(data),
        TeamForm(data), RoleForm(data), WorkspaceForm(data), EditForm(data, rights=frozenset()),
    ]  # fmt: skip
    assert {form.errors["name"][0] for form in forms} == {"A name is one line of printable characters."}


def test_sign_up_with_a_bad_name_makes_nobody(client: Client, db: None) -> None:
    form = {"name": "Hello\u2028Alice", "handle": "evil", "email": "evil@example.com", "password1": PASSWORD}
    assert client.post("/auth/sign-up", form).status_code == 422
    assert not User.objects.exists()


def test_names_from_before_the_rule_hinder_no_other_change(organization: Organization) -> None:
    actor, account = organization.owner.user.as_actor(), organization.account
    team = create_team(account, name="Data", actor=actor)
    bot, _, _ = create_service_account(account, name="ci", actor=actor)
    for row, field in ((account, "name"), (organization.workspace, "name"), (team, "name"), (bot, "first_name")):
        setattr(row, field, PHISHING)
        row.save()
    update_organization(account, name=PHISHING, location="Here", actor=actor)
    update_workspace(organization.workspace, name=PHISHING, description="Ours", actor=actor)
    update_team(team, name=PHISHING, description="Ours", actor=actor)
    key, _ = rotate_key(bot, actor=actor)
    check_name(key.name)


def test_operator_may_suspend_whoever_has_a_bad_name_but_give_no_such_name(operator: User, stranger: Person) -> None:
    client = Client()
    client.force_login(operator)
    page = f"/admin/accounts/user/{stranger.user.id}/change/"
    User.objects.filter(id=stranger.user.id).update(first_name=PHISHING, last_name="")
    assert client.post(page, {"first_name": PHISHING, "last_name": "See http://evil.example"}).status_code == 200
    stranger.user.refresh_from_db()
    assert (stranger.user.last_name, stranger.user.is_active) == ("", True)
    User.objects.filter(id=stranger.user.id).update(first_name="x" * 200)
    assert client.post(page, {"first_name": "x" * 200, "last_name": ""}).status_code == 302
    suspend = {"action": "suspend", "_selected_action": [str(stranger.user.id)]}
    assert client.post("/admin/accounts/user/", suspend).status_code == 302
    stranger.user.refresh_from_db()
    assert stranger.user.is_active is False


def test_bootstrap_takes_the_longest_handles(db: None) -> None:
    handle, workspace = "a" * 63, "b" * 63
    first = bootstrap(email="a@example.com", handle=handle, workspace=workspace, organization=False)
    second = bootstrap(email="a@example.com", handle=handle, workspace=workspace, organization=False)
    assert first.account_id == second.account_id == Account.objects.get().id
    assert User.objects.get().api_keys.count() == 1
