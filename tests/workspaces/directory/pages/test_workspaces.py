"""All workspaces, a new one, its settings, its end; the first steps."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from auditlog.models import Entry
from tests.cast import Organization, Person, share
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace
from workspaces.runs.models import FlowRun


def test_list_shows_ones_own_and_nothing_of_a_stranger(owner: Person, stranger: Person) -> None:
    for path in ("/workspaces", "/workspaces/switcher"):
        page = text(visitor(owner.user).get(path))
        assert "Home of olga" in page
        assert "Home of boris" not in page


def test_list_makes_the_same_queries_for_one_workspace_and_for_three(owner: Person) -> None:
    client = visitor(owner.user)
    before = [queries(client, path) for path in ("/workspaces", "/workspaces/switcher")]
    for handle in ("second", "third"):
        create_workspace(owner.account, name=handle, handle=handle, actor=owner.user.as_actor())
    after = [queries(client, path) for path in ("/workspaces", "/workspaces/switcher")]
    assert (before, after) == ([9, 5], [9, 5])


def test_empty_list_offers_the_form_at_once(owner: Person) -> None:
    owner.workspace.delete()
    page = visitor(owner.user).get("/workspaces")
    assert "Create workspace" in text(page)
    assert b'name="handle"' in page.content


def test_switching_keeps_the_section(owner: Person) -> None:
    page = visitor(owner.user).get("/workspaces/switcher", {"section": "settings"}).content.decode()
    assert f'href="{root(owner.workspace)}/settings"' in page
    page = visitor(owner.user).get("/workspaces/switcher", {"section": "nonsense"}).content.decode()
    assert f'href="{root(owner.workspace)}/dashboard"' in page


def test_creating_leads_to_the_commands_to_connect(owner: Person) -> None:
    client = visitor(owner.user)
    sent = {"owner": owner.account.id, "name": "Data", "handle": "Data", "description": "Loads", "once": "t"}
    answers = [client.post("/workspaces/create", sent) for _ in range(2)]
    made = Workspace.objects.get(account=owner.account, handle="data")
    assert [answer["Location"] for answer in answers] == [f"/welcome?workspace={made.id}"] * 2
    assert "--workspace &quot;olga/data&quot;" in text(client.get(answers[0]["Location"]))
    page = text(client.get(f"{root(made)}/settings"))
    assert f"/api/accounts/{owner.account.id}/workspaces/{made.id}" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"handle": "home"}, "has a workspace with this handle"),
        ({"handle": "a b"}, "lower-case"),
        ({"name": ""}, "required"),
    ],
)
def test_refused_workspace_keeps_the_values(owner: Person, change: dict[str, str], words: str) -> None:
    sent = {"owner": owner.account.id, "name": "Data", "handle": "data", "description": "Keep me", **change}
    answer = visitor(owner.user).post("/workspaces/create", sent)
    assert answer.status_code == 422
    assert words in text(answer)
    assert "Keep me" in text(answer)
    assert Workspace.objects.filter(account=owner.account).count() == 1


def test_owners_to_choose_from_are_those_that_one_may_create_in(organization: Organization, stranger: Person) -> None:
    sent = {"owner": organization.account.id, "name": "New", "handle": "new"}
    people = (organization.owner, organization.admin, organization.member, stranger)
    answers = [
        visitor(person.user).post("/workspaces/create", {**sent, "handle": f"new-{person.user.handle}"}).status_code
        for person in people
    ]
    assert answers == [302, 302, 422, 422]


def test_handle_is_checked_in_its_account(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)

    def check(handle: str, account: object) -> str:
        return text(client.get("/workspaces/handle", {"handle": handle, "owner": str(account)})).strip()

    assert check("home", owner.account.id) == "olga has a workspace with this handle."
    assert check("new", owner.account.id).replace("  ", " ") == "olga/new is free."
    assert check("home", stranger.account.id) == ""
    assert check("home", "nonsense") == ""


def test_editing_saves_and_a_taken_handle_is_said_at_its_field(owner: Person) -> None:
    create_workspace(owner.account, name="Other", handle="other", actor=owner.user.as_actor())
    client, path = visitor(owner.user), f"{root(owner.workspace)}/settings/edit"
    taken = client.post(path, {"name": "Renamed", "handle": "other", "description": ""})
    assert taken.status_code == 422
    assert 'value="Renamed"' in taken.content.decode()
    assert client.post(path, {"name": "Renamed", "handle": "fresh", "description": "x"}).status_code == 302
    owner.workspace.refresh_from_db()
    assert (owner.workspace.name, owner.workspace.handle, owner.workspace.description) == ("Renamed", "fresh", "x")
    assert Entry.objects.filter(action="workspace.updated", workspace_id=owner.workspace.id).count() == 1


def test_deleting_needs_the_full_handle_typed_and_survives_a_double_click(owner: Person, stranger: Person) -> None:
    client, path = visitor(owner.user), f"{root(owner.workspace)}/settings/delete"
    for typed in ("", "home", "olga/Home", "boris/home"):
        assert client.post(path, {"typed": typed}).status_code == 422
    assert Workspace.objects.filter(id=owner.workspace.id).exists()
    sent = {"typed": "olga/home", "once": "t"}
    assert [client.post(path, sent)["Location"] for _ in range(2)] == ["/workspaces", "/workspaces"]
    assert list(Workspace.objects.all()) == [stranger.workspace]


def test_first_steps_tick_when_they_happen(owner: Person) -> None:
    client = visitor(owner.user)

    def done() -> int:
        return client.get("/welcome").content.decode().count("step done")

    assert done() == 1
    ApiKey.objects.filter(user=owner.user).update(last_used_at=timezone.now())
    assert done() == 2
    now = timezone.now()
    flow = owner.workspace.flows.create(name="hello", created=now, updated=now)
    assert client.get("/welcome", headers={"X-Poll": "1"}).status_code == 200
    run = owner.workspace.flowruns.create(flow=flow, name="first", created=now, updated=now, expected_start_time=now)
    assert done() == 3
    assert client.get("/welcome", headers={"X-Poll": "1"}).status_code == 200
    FlowRun.objects.filter(id=run.id).update(state_type="COMPLETED")
    assert client.get("/welcome", headers={"X-Poll": "1"}).status_code == 286


def test_guide_is_about_the_workspace_that_its_address_names(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)
    newer = create_workspace(owner.account, name="Newer", handle="newer", actor=owner.user.as_actor())

    def shown(query: str) -> str:
        return str(client.get(f"/welcome{query}").context["steps"].workspace.full_handle)

    assert shown("") == "olga/newer"
    assert shown(f"?workspace={owner.workspace.id}") == "olga/home"
    assert shown(f"?workspace={stranger.workspace.id}") == "olga/newer"
    assert shown("?workspace=%00nonsense") == "olga/newer"
    assert f"/welcome?workspace={newer.id}" in client.get(f"{root(newer)}/dashboard").content.decode()
    Workspace.objects.bulk_create(
        Workspace(account=owner.account, name=f"w{number}", handle=f"w{number}") for number in range(101)
    )
    assert shown(f"?workspace={owner.workspace.id}") == "olga/home"


def test_runs_of_others_are_not_the_first_run_of_a_newcomer(organization: Organization) -> None:
    member, workspace = organization.member, organization.workspace
    share(workspace, member.user, "Viewer")
    stage.flow_run(stage.flow(workspace), "by-somebody-else")
    member.workspace.delete()
    client = visitor(member.user)
    page = client.get("/welcome")
    assert (page.content.decode().count("step done"), "can watch runs but not start" in text(page)) == (1, True)
    ApiKey.objects.filter(user=member.user).update(last_used_at=timezone.now())
    assert client.get("/welcome").content.decode().count("step done") == 3


def test_runs_of_the_last_day_stand_on_the_card(owner: Person, stranger: Person) -> None:
    now = timezone.now()
    for person, count in ((owner, 3), (stranger, 5)):
        flow = person.workspace.flows.create(name="hello", created=now, updated=now)
        for number in range(count):
            person.workspace.flowruns.create(
                flow=flow, name=f"r{number}", created=now, updated=now, expected_start_time=now - timedelta(hours=1),
                state_type="FAILED" if number == 0 else "COMPLETED",
            )  # fmt: skip
    assert "3 runs in 24 hours, 1 failed" in text(visitor(owner.user).get("/workspaces")).replace(" ,", ",")


def test_form_of_somebody_signed_out_takes_no_place_in_the_cache(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("django.core.cache.cache.add", lambda *args, **more: kept.append(args))
    answer = Client().post("/workspaces/create", {"once": "made-up", "name": "x"})
    assert answer["Location"].startswith("/auth/sign-in")
    assert kept == []
