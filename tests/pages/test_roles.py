"""Roles: listed with who holds them, made by ladders on a base, changed with the difference on record, deleted."""

import re
from uuid import uuid4

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from orgs.services.roles import create_role, update_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, scopes
from rbac.catalogue import expanded
from rbac.models import Grant, WorkspaceRole
from tests.cast import Organization, Person, make_colleague, share
from tests.pages.visits import queries, text, visitor
from workspaces.scoping import enter
from workspaces.services import create_workspace
from workspaces.sharing import set_default_role

TESTS = system("tests")
RUNNER = builtin.IDS[builtin.RUNNER]
AUTOMATIONS = expanded([scopes.MANAGE_AUTOMATIONS])


def at(organization: Organization, rest: str = "") -> str:
    return f"/account/{organization.account.id}/roles{rest}"


def runner_plus(organization: Organization, name: str = "Runner plus") -> WorkspaceRole:
    base = WorkspaceRole.objects.get(id=RUNNER)
    return create_role(organization.account, name=name, scopes=[scopes.MANAGE_AUTOMATIONS], inherits=base, actor=TESTS)


def box(page: str, scope: str) -> str:
    """The checkbox of a scope, as it is written in the page."""
    found = re.search(rf'<input type="checkbox" name="scopes" value="{scope}"[^>]*>', page)
    assert found is not None
    return found[0]


def state(page: str, scope: str) -> tuple[bool, bool]:
    """Whether the box of a scope is checked, and whether it is locked."""
    written = box(page, scope)
    return written.endswith((" checked>", " checked disabled>")), written.endswith(" disabled>")


def test_role_is_made_on_a_base_and_led_to(organization: Organization) -> None:
    sent = {"name": "Runner plus", "inherits": str(RUNNER), "scopes": [scopes.MANAGE_AUTOMATIONS]}
    answer = visitor(organization.admin.user).post(at(organization, "/create"), sent)
    role = WorkspaceRole.objects.get(account=organization.account)
    assert (answer.status_code, answer["Location"]) == (302, at(organization, f"/{role.id}"))
    assert (frozenset(role.scopes), role.all_scopes) == (AUTOMATIONS, builtin.SCOPES[builtin.RUNNER] | AUTOMATIONS)
    page = text(visitor(organization.admin.user).get(answer["Location"]))
    assert "What it adds to Runner Automations Create, edit and delete automations." in page
    assert "Deletes: automations." in page
    assert "Created by Adam Example" in page


def test_boxes_come_back_with_those_beneath_and_locked_by_the_base(organization: Organization) -> None:
    """Without scripts: the form that is refused, or only asked to look, shows what the server makes of it."""
    client, path = visitor(organization.admin.user), at(organization, "/create")
    sent = {"name": "", "inherits": str(RUNNER), "scopes": [scopes.MANAGE_DEPLOYMENTS, scopes.SEE_SECRET_BLOCKS]}
    for more, status in (({}, 422), ({"look": "1"}, 200)):
        answer = client.post(path, {**sent, **more})
        page = answer.content.decode()
        assert answer.status_code == status
        assert state(page, scopes.WRITE_DEPLOYMENTS) == (True, False)
        assert state(page, scopes.RUN_DEPLOYMENTS) == (True, True)
        assert state(page, scopes.SEE_SECRET_BLOCKS) == (True, False)
        assert state(page, scopes.MANAGE_BLOCKS) == (False, False)
        assert page.count('<span class="from">from Runner</span>') == len(builtin.SCOPES[builtin.RUNNER])
        assert "Reads secrets: the secrets in blocks." in text(answer)
    assert not WorkspaceRole.objects.filter(account=organization.account).exists()


def test_looking_saves_nothing_and_shows_the_difference(organization: Organization) -> None:
    role = runner_plus(organization)
    client, path = visitor(organization.admin.user), at(organization, f"/{role.id}/edit")
    sent = {"name": "Runner plus", "inherits": str(RUNNER), "scopes": [scopes.SEE_AUTOMATIONS, scopes.WRITE_VARIABLES]}
    page = text(client.post(path, {**sent, "look": "1"}))
    assert "Gained: Create and edit variables." in page
    assert "Lost: Create, edit and delete automations." in page
    role.refresh_from_db()
    assert set(role.scopes) == AUTOMATIONS


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"name": "Owner"},
        {"name": "Taken"},
        {"description": "x" * 141},
        {"scopes": ["see_everything"]},
        {"inherits": "nonsense"},
        {"inherits": "of another account"},
        {"inherits": "", "scopes": []},
    ],
)
def test_refused_form_makes_nothing_and_keeps_what_was_typed(
    organization: Organization, stranger: Person, wrong: dict[str, str | list[str]]
) -> None:
    runner_plus(organization, "Taken")
    other = create_role(stranger.account, name="Theirs", scopes=[scopes.SEE_FLOWS], actor=TESTS)
    if wrong.get("inherits") == "of another account":
        wrong = {"inherits": str(other.id)}
    sent = {"name": "New", "description": "kept", "inherits": str(RUNNER), "scopes": [scopes.WRITE_VARIABLES]}
    client = visitor(organization.admin.user)
    answer = client.post(at(organization, "/create"), {**sent, **wrong})
    assert answer.status_code == 422
    assert WorkspaceRole.objects.filter(account=organization.account).count() == 1
    assert client.post(at(organization, "/create"), sent).status_code == 302


def test_change_holds_at_once_and_stands_in_history_and_record(organization: Organization) -> None:
    role, member = runner_plus(organization), organization.member.user
    share(organization.workspace, member, "Runner plus")
    client, path = visitor(organization.admin.user), at(organization, f"/{role.id}/edit")
    seen = re.findall(r'name="seen" value="([^"]+)"', client.get(path).content.decode())[0]
    sent = {"name": "Runner plus", "inherits": str(RUNNER), "scopes": [scopes.WRITE_VARIABLES], "seen": seen}
    assert client.post(path, sent).status_code == 302
    access = enter(member, organization.workspace.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.RUNNER] | {scopes.WRITE_VARIABLES}
    changes = Entry.objects.get(action="workspace-role.updated").detail["changes"]
    assert changes == {"scopes": {"from": sorted(AUTOMATIONS), "to": sorted(expanded([scopes.WRITE_VARIABLES]))}}
    page = text(client.get(at(organization, f"/{role.id}")))
    assert "Gained: View, create and edit variables." in page
    assert "Lost: View, create, edit and delete automations." in page


def test_second_of_two_editors_is_told_before_the_first_is_overwritten(organization: Organization) -> None:
    role, client = runner_plus(organization), visitor(organization.admin.user)
    path = at(organization, f"/{role.id}/edit")
    seen = re.findall(r'name="seen" value="([^"]+)"', client.get(path).content.decode())[0]
    update_role(role, name="Runner plus", description="", scopes=[scopes.SEE_TAGS], inherits=role.inherits, actor=TESTS)
    sent = {"name": "Mine", "inherits": str(RUNNER), "scopes": [scopes.WRITE_VARIABLES], "seen": seen}
    refused = client.post(path, sent)
    assert (refused.status_code, "Somebody else changed this role" in text(refused)) == (422, True)
    again = re.findall(r'name="seen" value="([^"]+)"', refused.content.decode())[0]
    assert client.post(path, {**sent, "seen": again}).status_code == 302
    role.refresh_from_db()
    assert role.name == "Mine"


def test_built_in_role_is_read_only_and_can_be_duplicated(organization: Organization) -> None:
    client, developer = visitor(organization.admin.user), builtin.IDS[builtin.DEVELOPER]
    page = client.get(at(organization, f"/{developer}"))
    assert "Duplicate" in text(page)
    assert f"{developer}/edit" not in page.content.decode()
    for what in ("edit", "delete"):
        path = at(organization, f"/{developer}/{what}")
        assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    copy = client.get(at(organization, f"/create?from={developer}")).content.decode()
    assert 'value="Developer copy"' in copy
    assert [
        name for name in scopes.ALL if state(copy, name) != (name in builtin.SCOPES[builtin.DEVELOPER], False)
    ] == []


def test_role_in_use_is_deleted_only_with_another_in_its_place(organization: Organization) -> None:
    role, team = runner_plus(organization), create_team(organization.account, name="Data", actor=TESTS)
    share(organization.workspace, organization.member.user, "Runner plus")
    share(organization.workspace, team, "Runner plus")
    client, path = visitor(organization.admin.user), at(organization, f"/{role.id}/delete")
    assert "1 person, 1 team" in text(client.get(path))
    for wrong in ("", str(role.id), str(uuid4()), "x"):
        assert client.post(path, {"instead": wrong}).status_code == 422
    assert Grant.objects.filter(role=role).count() == 2
    assert client.post(path, {"instead": str(builtin.IDS[builtin.VIEWER])}).status_code == 302
    assert [grant.role.name for grant in Grant.objects.all()] == [builtin.VIEWER] * 2
    access = enter(organization.member.user, organization.workspace.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.VIEWER]
    assert Entry.objects.get(action="workspace-role.deleted").detail["instead"] == builtin.VIEWER


def test_role_that_nobody_holds_is_deleted_without_a_choice(organization: Organization) -> None:
    role = runner_plus(organization)
    client, path = visitor(organization.admin.user), at(organization, f"/{role.id}/delete")
    assert "Nobody holds it" in text(client.get(path))
    assert [client.post(path, {"once": "t"}).status_code for _ in range(2)] == [302, 302]
    assert not WorkspaceRole.objects.filter(id=role.id).exists()


def test_holders_are_counted_once_wherever_they_hold_it_and_only_of_this_account(
    organization: Organization, stranger: Person
) -> None:
    runner_plus(organization)
    second = create_workspace(organization.account, name="w", handle="second", actor=TESTS)
    bot = create_service_account(organization.account, name="worker", actor=TESTS)[0]
    team = create_team(organization.account, name="Data", actor=TESTS)
    add_to_team(team, [organization.member.user], actor=TESTS)
    make_colleague(stranger.account, "carl", "Collaborator")
    for place in (organization.workspace, second):
        for who in (organization.member.user, bot, team):
            share(place, who, builtin.VIEWER)
    share(stranger.workspace, make_colleague(stranger.account, "otto", "Collaborator").user, builtin.VIEWER)
    set_default_role(second, WorkspaceRole.objects.get(id=builtin.IDS[builtin.VIEWER]), actor=TESTS)
    listed = text(visitor(organization.member.user).get(at(organization)))
    assert "1 person, 1 team, 1 service account, default in 1 workspace" in listed
    page = text(visitor(organization.admin.user).get(at(organization, f"/{builtin.IDS[builtin.VIEWER]}")))
    assert "Everyone in Initech in second" in page
    assert page.count("Mia Example in ") == 2
    assert "Otto" not in page


def test_member_reads_roles_without_the_names_of_holders_and_changes_none(organization: Organization) -> None:
    role = runner_plus(organization)
    share(organization.workspace, organization.admin.user, "Runner plus")
    client = visitor(organization.member.user)
    page = text(client.get(at(organization, f"/{role.id}")))
    assert ("1 person" in page, "Adam Example in" in page, "Duplicate" in page) == (True, False, False)
    assert client.get(at(organization)).status_code == 200
    for rest in ("/create", f"/{role.id}/edit", f"/{role.id}/delete"):
        assert [client.get(at(organization, rest)).status_code, client.post(at(organization, rest)).status_code] == [
            403,
            403,
        ]


@pytest.mark.parametrize("rest", ["", "/create", "/{}", "/{}/edit", "/{}/delete", "/create?from={}"])
def test_stranger_gets_the_answer_of_a_missing_account(organization: Organization, stranger: Person, rest: str) -> None:
    path = at(organization, rest.format(runner_plus(organization).id))
    own = path.replace(str(organization.account.id), str(stranger.account.id))
    client = visitor(stranger.user)
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    assert client.get(own).status_code == (404 if "{}" in rest else 200)
    assert visitor(organization.admin.user).get(path).status_code == 200


def test_queries_are_as_many_for_three_as_for_one(organization: Organization) -> None:
    client, counts = visitor(organization.admin.user), []
    first = runner_plus(organization, "first")
    for number in range(3):
        runner_plus(organization, f"role{number}")
        place = create_workspace(organization.account, name="w", handle=f"w{number}", actor=TESTS)
        share(place, make_colleague(organization.account, f"person{number}").user, "first")
        share(place, create_team(organization.account, name=f"team{number}", actor=TESTS), f"role{number}")
        update_role(
            first, name="first", description=f"{number}", scopes=first.scopes, inherits=first.inherits, actor=TESTS
        )
        here = f"/{first.id}"
        pages = ("", "/create", here, f"{here}/edit", f"{here}/delete")
        counts.append([queries(client, at(organization, rest)) for rest in pages])
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12
