"""Teams: made, filled, let into workspaces, deleted; by whom, and what others see."""

from uuid import uuid4

import pytest

from accounts.models import User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Team
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team, everyone_team
from rbac import builtin
from rbac.models import Grant
from tests.cast import Organization, Person, make_colleague, share
from tests.visits import queries, root, text, visitor
from workspaces.directory.services import create_workspace

TESTS = system("tests")


def at(organization: Organization, rest: str = "") -> str:
    return f"/account/{organization.account.id}/teams{rest}"


@pytest.fixture
def team(organization: Organization) -> Team:
    return create_team(organization.account, name="Data", description="Numbers", actor=TESTS)


def bot_of(organization: Organization, name: str = "worker") -> User:
    return create_service_account(organization.account, name=name, actor=TESTS)[0]


def test_admin_makes_a_team_and_is_led_to_its_first_members(organization: Organization) -> None:
    answer = visitor(organization.admin.user).post(at(organization, "/create"), {"name": " Data ", "description": "x"})
    made = Team.objects.get(name="Data")
    assert (answer.status_code, answer["Location"]) == (302, at(organization, f"/{made.id}/add"))
    assert Entry.objects.filter(action="team.created", object_id=str(made.id)).count() == 1


def test_taken_name_is_told_at_its_field_and_nothing_is_made(organization: Organization, team: Team) -> None:
    answer = visitor(organization.admin.user).post(at(organization, "/create"), {"name": "Data"})
    assert answer.status_code == 422
    assert "This account has a team with this name." in text(answer)
    assert Team.objects.filter(account=organization.account, everyone=False).count() == 1


def test_team_of_everyone_is_a_team_to_nobody(organization: Organization, team: Team) -> None:
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    client = visitor(organization.owner.user)
    assert "Everyone" not in text(client.get(at(organization)))
    for rest in ("", "/edit", "/delete", "/add", "/workspaces"):
        assert client.get(at(organization, f"/{everyone.id}{rest}")).status_code == 404
        assert client.get(at(organization, f"/{team.id}{rest}")).status_code == 200


def test_people_and_service_accounts_are_found_added_and_removed(organization: Organization, team: Team) -> None:
    client, bot = visitor(organization.admin.user), bot_of(organization)
    add = at(organization, f"/{team.id}/add")
    found = text(client.get(f"{add}?q=MIA"))
    assert ("Mia Example" in found, "Frida Example" in found) == (True, False)
    assert "worker" in text(client.get(f"{add}?q=work"))
    answer = client.post(add, {"user": [str(organization.member.user.id), str(bot.id)]})
    assert (answer.status_code, answer["Location"]) == (302, at(organization, f"/{team.id}"))
    assert set(team.members) == {organization.member.user, bot}
    assert "Mia Example" not in text(client.get(f"{add}?q=mia"))
    remove = at(organization, f"/{team.id}/members/{bot.id}/remove")
    assert "Remove worker from" in text(client.get(remove))
    assert client.post(remove).status_code == 302
    assert set(team.members) == {organization.member.user}
    assert client.post(remove).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "a stranger", "no id"])
def test_who_does_not_belong_is_not_added(organization: Organization, team: Team, stranger: Person, who: str) -> None:
    ids = {"nobody": str(uuid4()), "a stranger": str(stranger.user.id), "no id": "x"}[who]
    path = at(organization, f"/{team.id}/add")
    refused = visitor(organization.admin.user).post(path, {"user": [ids, str(organization.member.user.id)]})
    assert (refused.status_code, team.members.count()) == (422, 0)
    visitor(organization.admin.user).post(path, {"user": [str(organization.member.user.id)]})
    assert team.members.count() == 1


def test_collaborator_is_not_offered_and_not_added(organization: Organization, team: Team) -> None:
    colleague = make_colleague(organization.account, "carl", "Collaborator")
    path = at(organization, f"/{team.id}/add")
    client = visitor(organization.admin.user)
    assert "Carl" not in text(client.get(path))
    assert client.post(path, {"user": str(colleague.user.id)}).status_code == 422


def test_people_of_a_directory_team_are_left_to_the_directory(organization: Organization, team: Team) -> None:
    Team.objects.filter(id=team.id).update(directory_group_id="group-1")
    add_to_team(team, [organization.member.user], actor=TESTS)
    bot, client = bot_of(organization), visitor(organization.admin.user)
    assert "managed by directory" in text(client.get(at(organization, f"/{team.id}")))
    path = at(organization, f"/{team.id}/add")
    offered = client.get(path).content.decode()
    assert (str(organization.owner.user.id) in offered, str(bot.id) in offered) == (False, True)
    assert client.post(path, {"user": str(organization.admin.user.id)}).status_code == 422
    remove = at(organization, f"/{team.id}/members/{organization.member.user.id}/remove")
    assert client.post(remove).status_code == 409
    assert client.post(path, {"user": str(bot.id)}).status_code == 302
    assert set(team.members) == {organization.member.user, bot}


def test_team_gets_another_and_loses_a_role_in_a_workspace(organization: Organization, team: Team) -> None:
    client, page = visitor(organization.admin.user), at(organization, f"/{team.id}/workspaces")
    add_to_team(team, [organization.member.user], actor=TESTS)
    inside = visitor(organization.member.user)
    for role in (builtin.RUNNER, builtin.VIEWER):
        sent = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[role])}
        assert client.post(f"{page}/share", sent)["Location"] == page
        assert Grant.objects.get(group=team.group).role.name == role
        assert inside.get(f"{root(organization.workspace)}/runs").status_code == 200
    assert f"selected>{builtin.VIEWER}" in client.get(page).content.decode()
    assert client.post(f"{page}/{organization.workspace.id}/remove").status_code == 302
    assert not Grant.objects.filter(group=team.group).exists()
    assert inside.get(f"{root(organization.workspace)}/runs").status_code == 404


def test_roles_and_workspaces_of_others_are_refused(organization: Organization, team: Team, stranger: Person) -> None:
    client, page = visitor(organization.admin.user), at(organization, f"/{team.id}/workspaces/share")
    good = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[builtin.VIEWER])}
    answers = [
        client.post(page, {**good, **wrong}).status_code
        for wrong in (
            {"workspace": str(stranger.workspace.id)},
            {"workspace": str(uuid4())},
            {"workspace": "x"},
            {"role": str(uuid4())},
            {"role": "x"},
        )
    ]
    assert answers == [404, 404, 404, 422, 404]
    assert not Grant.objects.filter(group=team.group).exists()
    assert client.post(page, good).status_code == 302


def test_member_looks_and_changes_nothing_without_rights_in_the_workspace(
    organization: Organization, team: Team
) -> None:
    add_to_team(team, [organization.member.user], actor=TESTS)
    share(organization.workspace, team, builtin.VIEWER)
    hidden = create_workspace(organization.account, name="Hidden", handle="hidden", actor=TESTS)
    share(organization.workspace, organization.member.user, builtin.DEVELOPER)
    client, here = visitor(organization.member.user), f"/{team.id}"
    assert [client.get(at(organization, rest)).status_code for rest in ("", here, f"{here}/workspaces")] == [200] * 3
    for rest in ("/create", f"{here}/edit", f"{here}/delete", f"{here}/add"):
        assert [client.get(at(organization, rest)).status_code, client.post(at(organization, rest)).status_code] == [
            403,
            403,
        ]
    sent = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[builtin.VIEWER])}
    assert client.post(at(organization, f"{here}/workspaces/share"), sent).status_code == 403
    assert client.post(at(organization, f"{here}/workspaces/{organization.workspace.id}/remove")).status_code == 403
    assert client.post(at(organization, f"{here}/workspaces/{hidden.id}/remove")).status_code == 404
    assert Grant.objects.get(group=team.group).role.name == builtin.VIEWER


def test_owner_of_a_workspace_decides_there_about_teams_though_a_member_of_the_account(
    organization: Organization, team: Team
) -> None:
    share(organization.workspace, organization.member.user, builtin.OWNER)
    sent = {"workspace": str(organization.workspace.id), "role": str(builtin.IDS[builtin.RUNNER])}
    path = at(organization, f"/{team.id}/workspaces/share")
    assert visitor(organization.member.user).post(path, sent).status_code == 302
    assert Grant.objects.get(group=team.group).role.name == builtin.RUNNER


def test_list_and_tab_agree_and_tell_a_member_nothing_of_workspaces_out_of_sight(
    organization: Organization, team: Team
) -> None:
    hidden = create_workspace(organization.account, name="Hidden", handle="hidden", actor=TESTS)
    share(hidden, team, builtin.VIEWER)
    share(organization.workspace, team, builtin.VIEWER)
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    for person, count in ((organization.admin, 2), (organization.member, 1)):
        client = visitor(person.user)
        listed = client.get(at(organization)).content.decode()
        tab = client.get(at(organization, f"/{team.id}/workspaces"))
        assert f'data-label="Workspaces" class="number">{count}<' in listed
        assert f'Workspaces <span class="count">{count}<' in tab.content.decode()
        assert ("hidden" in text(tab)) == (count == 2)


def test_deleting_says_what_goes_and_takes_it(organization: Organization, team: Team) -> None:
    add_to_team(team, [organization.member.user], actor=TESTS)
    share(organization.workspace, team, builtin.RUNNER)
    client, path = visitor(organization.admin.user), at(organization, f"/{team.id}/delete")
    assert "Runner in shared" in text(client.get(path))
    assert visitor(organization.member.user).get(f"{root(organization.workspace)}/runs").status_code == 200
    assert [client.post(path, {"once": "t"}).status_code for _ in range(2)] == [302, 302]
    assert visitor(organization.member.user).get(f"{root(organization.workspace)}/runs").status_code == 404
    assert not Team.objects.filter(id=team.id).exists()


def test_rename_is_recorded_with_before_and_after(organization: Organization, team: Team) -> None:
    path = at(organization, f"/{team.id}/edit")
    visitor(organization.admin.user).post(path, {"name": "Platform", "description": "Numbers"})
    entry = Entry.objects.get(action="team.updated")
    assert entry.detail["changes"] == {"name": {"from": "Data", "to": "Platform"}}


@pytest.mark.parametrize("rest", ["", "/create", "/{}", "/{}/edit", "/{}/delete", "/{}/add", "/{}/workspaces"])
def test_stranger_gets_the_answer_of_a_missing_account(
    organization: Organization, team: Team, stranger: Person, rest: str
) -> None:
    path = at(organization, rest.format(team.id))
    missing = path.replace(str(organization.account.id), str(uuid4()))
    own = path.replace(str(organization.account.id), str(stranger.account.id))
    client = visitor(stranger.user)
    assert [client.get(path).status_code, client.post(path).status_code, client.get(missing).status_code] == [404] * 3
    if "{}" in rest:
        assert client.get(own).status_code == 404
    assert visitor(organization.admin.user).get(path).status_code == 200


def test_queries_are_as_many_for_three_as_for_one(organization: Organization) -> None:
    client, counts = visitor(organization.admin.user), []
    for number in range(3):
        team = create_team(organization.account, name=f"Team {number}", actor=TESTS)
        first = Team.objects.get(name="Team 0")
        place = create_workspace(organization.account, name="w", handle=f"w{number}", actor=TESTS)
        add_to_team(first, [bot_of(organization, f"bot{number}")], actor=TESTS)
        share(place, team, builtin.VIEWER)
        share(organization.workspace if number == 0 else place, first, builtin.VIEWER)
        bot_of(organization, f"other{number}")
        here = at(organization, f"/{first.id}")
        counts.append([queries(client, path) for path in (at(organization), here, f"{here}/workspaces", f"{here}/add")])
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12
