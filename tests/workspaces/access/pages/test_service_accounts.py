"""Service accounts: made with a key that is shown once, rotated with a grace, disabled, deleted; by whom."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import find_key
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount
from orgs.services.service_accounts import active_key, create_service_account, role_of, rotate_key, rotating_keys
from rbac import builtin, permissions
from rbac.models import Grant
from tests.cast import Api, Organization, Person, api_root, make_colleague, share
from tests.visits import queries, text, visitor
from workspaces.directory.services import create_workspace

TESTS = system("tests")
VALUE = re.compile(r"pnb_[A-Za-z0-9]{30,}")


def at(organization: Organization, rest: str = "") -> str:
    return f"/account/{organization.account.id}/service-accounts{rest}"


def filled(organization: Organization, **more: str) -> dict[str, str]:
    place = {f"workspace-{organization.workspace.id}": str(builtin.IDS[builtin.WORKER])}
    return {"name": "worker", "expiry": "90", "role": "Member", **place, **more}


def make(organization: Organization, name: str = "worker", **more: Any) -> tuple[ServiceAccount, str]:
    bot, _, value = create_service_account(organization.account, name=name, actor=TESTS, **more)
    return bot, value


def test_one_form_makes_it_with_key_and_role_and_shows_the_value_once(organization: Organization) -> None:
    client = visitor(organization.admin.user)
    answer = client.post(at(organization, "/create"), filled(organization))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    values = set(VALUE.findall(answer.content.decode()))
    assert len(values) == 1
    value = values.pop()
    key, bot = find_key(value), ServiceAccount.objects.get(home_account=organization.account)
    assert key is not None
    assert (key.user_id, bot.name, role_of(bot)) == (bot.id, "worker", "Member")
    assert Grant.objects.get(user=bot).role.name == builtin.WORKER
    assert "python your_flow.py" in answer.content.decode()
    assert "worker start" not in answer.content.decode()
    assert f"export PREFECT_API_KEY={value}" in answer.content.decode()
    assert Api(value).post(f"{api_root(organization.workspace)}/flows/filter").status_code == 200
    for rest in ("", f"/{bot.id}", "/create"):
        assert VALUE.findall(client.get(at(organization, rest)).content.decode()) == []
    assert value not in str(list(Entry.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize(("choice", "days"), [("30", 30), ("90", 90), ("365", 365), ("never", None)])
def test_expiry_is_what_was_chosen(organization: Organization, choice: str, days: int | None) -> None:
    visitor(organization.admin.user).post(at(organization, "/create"), filled(organization, expiry=choice))
    ends = ApiKey.objects.get(user__kind="service_account").expires_at
    if days is None or ends is None:
        assert (days, ends) == (None, None)
    else:
        assert abs(ends - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"expiry": "7"},
        {"expiry": "date"},
        {"expiry": "date", "date": "2020-01-01"},
        {"role": "Collaborator"},
    ],
)
def test_refused_form_makes_nothing(organization: Organization, wrong: dict[str, str]) -> None:
    client = visitor(organization.admin.user)
    assert client.post(at(organization, "/create"), filled(organization, **wrong)).status_code == 422
    assert not ServiceAccount.objects.exists()
    assert client.post(at(organization, "/create"), filled(organization)).status_code == 200


def test_taken_name_and_role_of_nobody_are_refused_as_a_whole(organization: Organization) -> None:
    make(organization)
    client = visitor(organization.admin.user)
    taken = client.post(at(organization, "/create"), filled(organization))
    assert (taken.status_code, "This account has a service account with this name." in text(taken)) == (422, True)
    foreign = {f"workspace-{organization.workspace.id}": str(uuid4())}
    assert client.post(at(organization, "/create"), filled(organization, name="b", **foreign)).status_code == 422
    assert ServiceAccount.objects.count() == 1


def test_double_click_creates_one_and_both_answers_show_its_key(organization: Organization) -> None:
    client, sent = visitor(organization.admin.user), filled(organization, once="token")
    first, second = (VALUE.findall(client.post(at(organization, "/create"), sent).content.decode()) for _ in range(2))
    assert first == second
    shown = find_key(second[0])
    assert shown is not None
    assert list(ApiKey.objects.filter(user__kind="service_account")) == [shown]


def test_same_form_again_later_makes_and_shows_nothing(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.key_creation._VALUE_SECONDS", 0)
    client, sent = visitor(organization.admin.user), filled(organization, once="token")
    client.post(at(organization, "/create"), sent)
    again = client.post(at(organization, "/create"), sent)
    assert (again.status_code, again["Location"]) == (302, at(organization))
    assert ApiKey.objects.filter(user__kind="service_account").count() == 1


@pytest.mark.parametrize(("grace", "hours"), [("0", 0), ("1", 1), ("24", 24), ("48", 48)])
def test_rotation_lets_the_old_key_work_on_as_chosen(organization: Organization, grace: str, hours: int) -> None:
    bot, old = make(organization)
    client, path = visitor(organization.admin.user), at(organization, f"/{bot.id}/rotate")
    answer = client.post(path, {"expiry": "90", "grace": grace})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    value = VALUE.findall(answer.content.decode())[0]
    assert find_key(value) == active_key(bot)
    page = text(client.get(at(organization, f"/{bot.id}")))
    assert (find_key(old) is not None, "replaced" in page) == (hours > 0, hours > 0)
    for key in rotating_keys(bot):
        assert key.expires_at is not None
        assert abs(key.expires_at - timezone.now() - timedelta(hours=hours)) < timedelta(minutes=1)


def test_double_click_on_rotation_keeps_the_old_key_and_one_new(organization: Organization) -> None:
    bot, old = make(organization)
    client, sent = visitor(organization.admin.user), {"expiry": "90", "grace": "24", "once": "t"}
    path = at(organization, f"/{bot.id}/rotate")
    first, second = (VALUE.findall(client.post(path, sent).content.decode()) for _ in range(2))
    assert (first, find_key(old) is not None) == (second, True)
    assert find_key(first[0]) == active_key(bot)
    assert bot.api_keys.count() == 2


def test_old_key_is_ended_early_and_the_one_in_use_is_not(organization: Organization) -> None:
    bot, old = make(organization)
    rotate_key(bot, grace=timedelta(hours=24), actor=TESTS)
    client, replaced, active = visitor(organization.admin.user), find_key(old), active_key(bot)
    assert replaced is not None
    assert active is not None
    end = at(organization, f"/{bot.id}/keys/{{}}/end")
    assert client.post(end.format(active.id)).status_code == 409
    assert client.post(end.format(uuid4())).status_code == 404
    assert client.post(end.format(organization.admin.key.id)).status_code == 404
    assert client.post(end.format(replaced.id)).status_code == 302
    assert list(bot.api_keys.all()) == [active]


def test_disabled_one_is_refused_and_works_again_when_enabled(organization: Organization) -> None:
    bot, value = make(organization)
    share(organization.workspace, bot, builtin.WORKER)
    client, path = visitor(organization.admin.user), f"{api_root(organization.workspace)}/flows/filter"
    answers = []
    for step in ("disable", "disable", "enable"):
        assert client.post(at(organization, f"/{bot.id}/{step}")).status_code == 302
        answers.append(Api(value).post(path).status_code)
    assert answers == [401, 401, 200]
    assert "Disable" in text(client.get(at(organization, f"/{bot.id}/disable")))


def test_renamed_and_given_another_account_role_with_before_and_after(organization: Organization) -> None:
    bot, _ = make(organization)
    path = at(organization, f"/{bot.id}/edit")
    answer = visitor(organization.admin.user).post(path, {"name": "builder", "role": "Admin"})
    assert answer.status_code == 302
    bot.refresh_from_db()
    assert (bot.name, role_of(bot)) == ("builder", "Admin")
    told = {entry.action: entry.detail["changes"] for entry in Entry.objects.filter(action__endswith=".updated")}
    assert told == {
        "service-account.updated": {"name": {"from": "worker", "to": "builder"}},
        "account-membership.updated": {"role": {"from": "Member", "to": "Admin"}},
    }


def test_admin_gets_no_key_of_an_owner_and_makes_none(organization: Organization) -> None:
    """Whoever has the key acts with its rights, which are more than an admin's."""
    bot, value = make(organization, role=permissions.OWNER)
    admin, owner = visitor(organization.admin.user), visitor(organization.owner.user)
    asks: list[tuple[str, dict[str, str]]] = [
        ("rotate", {"expiry": "90", "grace": "0"}),
        ("edit", {"name": "worker", "role": "Member"}),
        ("disable", {}),
        ("delete", {}),
    ]
    assert [admin.post(at(organization, f"/{bot.id}/{what}"), sent).status_code for what, sent in asks] == [403] * 4
    assert find_key(value) is not None
    assert admin.post(at(organization, "/create"), filled(organization, role="Owner")).status_code == 422
    assert owner.post(at(organization, "/create"), filled(organization, name="b", role="Owner")).status_code == 200
    assert [owner.post(at(organization, f"/{bot.id}/{what}"), sent).status_code for what, sent in asks] == [
        200,
        302,
        302,
        302,
    ]


def test_roles_in_workspaces_are_given_changed_and_taken(organization: Organization) -> None:
    bot, _ = make(organization)
    client, here = visitor(organization.admin.user), at(organization, f"/{bot.id}")
    for role in (builtin.WORKER, builtin.RUNNER):
        sent = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[role])}
        assert client.post(f"{here}/share", sent).status_code == 302
        assert Grant.objects.get(user=bot).role.name == role
    wrong = {"workspace": str(organization.workspace.id), "role": str(uuid4())}
    assert client.post(f"{here}/share", wrong).status_code == 422
    assert client.post(f"{here}/workspaces/{organization.workspace.id}/remove").status_code == 302
    assert not Grant.objects.filter(user=bot).exists()


def test_deleting_ends_keys_and_roles_and_is_asked_first(organization: Organization) -> None:
    bot, value = make(organization)
    share(organization.workspace, bot, builtin.WORKER)
    client, path = visitor(organization.admin.user), at(organization, f"/{bot.id}/delete")
    assert "shared (Worker)" in text(client.get(path))
    assert [client.post(path, {"once": "t"}).status_code for _ in range(2)] == [302, 302]
    assert (find_key(value), Grant.objects.count(), ServiceAccount.objects.count()) == (None, 0, 0)


def test_member_sees_them_and_changes_none(organization: Organization) -> None:
    bot, _ = make(organization)
    client, here = visitor(organization.member.user), f"/{bot.id}"
    assert [client.get(at(organization, rest)).status_code for rest in ("", here)] == [200, 200]
    assert "Rotate" not in text(client.get(at(organization, here)))
    for rest in ("/create", *(f"{here}/{what}" for what in ("edit", "rotate", "disable", "enable", "delete"))):
        assert client.post(at(organization, rest)).status_code == 403
    sent = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[builtin.WORKER])}
    assert client.post(at(organization, f"{here}/share"), sent).status_code == 404
    share(organization.workspace, organization.member.user, builtin.DEVELOPER)
    assert client.post(at(organization, f"{here}/share"), sent).status_code == 403
    assert not Grant.objects.filter(user=bot).exists()


@pytest.mark.parametrize("rest", ["", "/create", "/{}", "/{}/edit", "/{}/rotate", "/{}/delete", "/{}/disable"])
def test_stranger_gets_the_answer_of_a_missing_account(organization: Organization, stranger: Person, rest: str) -> None:
    path = at(organization, rest.format(make(organization)[0].id))
    own = path.replace(str(organization.account.id), str(stranger.account.id))
    client = visitor(stranger.user)
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    assert client.get(own).status_code == (404 if "{}" in rest else 200)
    assert visitor(organization.admin.user).get(path).status_code == 200


def test_personal_account_has_them_too(owner: Person) -> None:
    here = f"/account/{owner.account.id}/service-accounts"
    sent = {
        "name": "worker",
        "expiry": "never",
        "role": "Member",
        f"workspace-{owner.workspace.id}": str(builtin.IDS[builtin.WORKER]),
    }
    answer = visitor(owner.user).post(f"{here}/create", sent)
    value = VALUE.findall(answer.content.decode())[0]
    assert Api(value).post(f"{owner.workspace_api}/flows/filter").status_code == 200
    assert "worker" in text(visitor(owner.user).get(here))


def test_list_tells_maker_and_warns_in_the_last_week(organization: Organization) -> None:
    make(organization, "soon", expires_at=timezone.now() + timedelta(days=6))
    make(organization, "later", expires_at=timezone.now() + timedelta(days=8))
    visitor(organization.admin.user).post(at(organization, "/create"), filled(organization))
    page = visitor(organization.member.user).get(at(organization))
    assert page.content.decode().count('class="tag warn"') == 1
    assert "by Adam Example" in text(page)
    Membership.objects.filter(user__first_name="soon").update(active=False)
    assert "disabled" in text(visitor(organization.member.user).get(at(organization)))


def test_queries_are_as_many_for_three_as_for_one(organization: Organization) -> None:
    client, counts = visitor(organization.admin.user), []
    make_colleague(organization.account, "nora")
    for number in range(3):
        bot, _ = make(organization, f"bot{number}")
        first = ServiceAccount.objects.get(first_name="bot0")
        place = create_workspace(organization.account, name="w", handle=f"w{number}", actor=TESTS)
        share(place, bot, builtin.WORKER)
        share(place, first, builtin.WORKER)
        rotate_key(first, grace=timedelta(hours=1), actor=TESTS)
        here = f"/{first.id}"
        pages = ("", "/create", here, f"{here}/delete")
        counts.append([queries(client, at(organization, rest)) for rest in pages])
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12
