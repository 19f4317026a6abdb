"""Who is let into a workspace: people, service accounts and teams, as Terraform and others ask for it."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount, Team
from orgs.services.members import add_member, remove_member, set_active
from orgs.services.organizations import create_organization
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team, everyone_team
from rbac import builtin, permissions
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import usable_role
from tests.at_once import at_once
from tests.cast import Api, Organization, Person, api_root, make_colleague, share
from workspaces.access.default_roles import set_default_role
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

NOT_FOUND = (404, {"detail": "Not Found"})
BY = system("tests")
VIEWER, RUNNER, OWNER = (str(builtin.IDS[name]) for name in (builtin.VIEWER, builtin.RUNNER, builtin.OWNER))


@pytest.fixture
def root(organization: Organization) -> str:
    return api_root(organization.workspace)


@pytest.fixture
def bot(organization: Organization) -> ServiceAccount:
    return create_service_account(organization.account, name="ci", actor=BY)[0]


@pytest.fixture
def team(organization: Organization) -> Team:
    return create_team(organization.account, name="Data", actor=BY)


def granted(workspace: Workspace) -> list[str]:
    """Who holds what by a grant there."""
    found = Grant.objects.filter(workspace=workspace).select_related("user", "group__team", "role")
    rows = (
        (str(grant.group.team if grant.group else grant.user and grant.user.name), grant.role.name) for grant in found
    )
    return sorted(f"{name}: {role}" for name, role in rows)


def ids(answer: Any, field: str = "id") -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one[field] for one in answer.json()]


# --- people


def test_person_is_let_in_changed_and_shut_out_as_terraform_does(organization: Organization, root: str) -> None:
    api, member = organization.owner.api, organization.member
    wanted = {"workspace_role_id": VIEWER, "user_id": str(member.user.id)}
    answer = api.post(f"{root}/user_access/", [wanted])
    made = answer.json()[0]
    assert (answer.status_code, answer.json()) == (
        200,
        [
            {
                "id": made["id"],
                "created": made["created"],
                "updated": made["updated"],
                "workspace_id": str(organization.workspace.id),
                "workspace_role_id": VIEWER,
                "actor_id": str(member.user.id),
                "user_id": str(member.user.id),
                "first_name": "Mia",
                "last_name": "Example",
                "email": "mia@example.com",
                "handle": "mia",
            }
        ],
    )
    access = f"{root}/user_access/{made['id']}"
    assert api.get(access).json() == made
    assert member.api.get(root).status_code == 200
    changed = api.post(f"{root}/user_access/", [wanted | {"workspace_role_id": RUNNER}]).json()[0]
    assert (changed["id"], changed["workspace_role_id"]) == (made["id"], RUNNER)
    answer = api.delete(access)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (api.delete(access), api.get(access), member.api.get(root)):
        assert (again.status_code, again.json()) == NOT_FOUND
    told = [(entry.action, entry.actor_id) for entry in Entry.objects.filter(action__startswith="workspace-access")]
    assert sorted(told) == [
        ("workspace-access.created", organization.owner.user.id),
        ("workspace-access.deleted", organization.owner.user.id),
        ("workspace-access.updated", organization.owner.user.id),
    ]


def test_one_gets_one_back_and_several_several_in_their_order(organization: Organization, root: str) -> None:
    people = [organization.member, organization.admin]
    items = [{"user_id": str(one.user.id), "workspace_role_id": VIEWER} for one in people]
    api = organization.owner.api
    assert api.post(f"{root}/user_access/", items[0]).json()["user_id"] == items[0]["user_id"]
    for order in (items, items[::-1]):
        assert ids(api.post(f"{root}/user_access/", order), "user_id") == [item["user_id"] for item in order]
    assert ids(api.post(f"{root}/user_access/", [])) == []
    assert granted(organization.workspace) == ["Adam Example: Viewer", "Mia Example: Viewer"]


def test_of_two_roles_for_the_same_one_the_last_counts(organization: Organization, root: str) -> None:
    user_id = str(organization.member.user.id)
    items = [{"user_id": user_id, "workspace_role_id": role} for role in (OWNER, VIEWER)]
    answer = organization.owner.api.post(f"{root}/user_access/", items)
    assert ids(answer, "workspace_role_id") == [VIEWER, VIEWER]
    assert granted(organization.workspace) == ["Mia Example: Viewer"]


def test_of_a_list_all_or_none_is_done(organization: Organization, stranger: Person, root: str) -> None:
    good = {"user_id": str(organization.member.user.id), "workspace_role_id": VIEWER}
    theirs = create_role(stranger.account, name="Theirs", scopes=["see_flows"], actor=BY)
    for bad, words in (
        (good | {"user_id": str(stranger.user.id)}, f"There is no user {stranger.user.id} in this account."),
        (good | {"workspace_role_id": str(theirs.id)}, f"There is no role {theirs.id} in this account."),
    ):
        for items in ([good, bad], [bad, good], bad):
            answer = organization.owner.api.post(f"{root}/user_access/", items)
            assert (answer.status_code, answer.json()) == (422, {"detail": words})
    for shape in ([good, {}], [good] * 201, good | {"more": 1}, {}, [[good]]):
        answer = organization.owner.api.post(f"{root}/user_access/", shape)
        assert (shape, answer.status_code) == (shape, 422)
    assert granted(organization.workspace) == []
    assert organization.owner.api.post(f"{root}/user_access/", [good]).status_code == 200


def test_nobody_is_told_who_exists_elsewhere(
    organization: Organization, stranger: Person, bot: ServiceAccount, root: str
) -> None:
    for nobody in (stranger.user.id, bot.id, uuid4()):
        item = {"user_id": str(nobody), "workspace_role_id": VIEWER}
        answer = organization.owner.api.post(f"{root}/user_access/", item)
        assert (answer.status_code, answer.json()["detail"]) == (422, f"There is no user {nobody} in this account.")
    other = create_service_account(
        create_organization(name="Hooli", handle="hooli", founder=stranger.user, actor=BY), name="cd", actor=BY
    )[0]
    for nobody in (other.id, organization.member.user.id, uuid4()):
        item = {"bot_id": str(nobody), "workspace_role_id": VIEWER}
        answer = organization.owner.api.post(f"{root}/bot_access/", item)
        words = f"There is no service account {nobody} in this account."
        assert (answer.status_code, answer.json()["detail"]) == (422, words)
    foreign, everyone = create_team(stranger.account, name="Data", actor=BY), everyone_team(organization.account.id)
    for none in (foreign.id, everyone.id if everyone else None, uuid4()):
        items = [{"team_id": str(none), "workspace_role_id": VIEWER}]
        answer = organization.owner.api.put(f"{root}/team_access/", items)
        assert (answer.status_code, answer.json()["detail"]) == (422, f"There is no team {none} in this account.")
    assert granted(organization.workspace) == []


def test_access_is_found_in_its_own_workspace_and_of_its_own_kind_alone(
    organization: Organization, bot: ServiceAccount, team: Team, root: str
) -> None:
    other = create_workspace(organization.account, name="Other", handle="other", actor=BY)
    share(organization.workspace, bot, builtin.WORKER)
    share(other, organization.member.user, builtin.VIEWER)
    share(other, team, builtin.VIEWER)
    of_bot, elsewhere = Grant.objects.get(user=bot.id), Grant.objects.get(user=organization.member.user)
    for path in (
        f"user_access/{elsewhere.id}",
        f"user_access/{of_bot.id}",
        f"bot_access/{elsewhere.id}",
        f"user_access/{organization.member.user.id}",
        f"team_access/{team.id}",
    ):
        for method in ("get", "delete") if "team" not in path else ("delete",):
            answer = organization.owner.api.call(method, f"{root}/{path}")
            assert (path, answer.status_code, answer.json()) == (path, *NOT_FOUND)
    assert organization.owner.api.get(f"{root}/bot_access/{of_bot.id}").status_code == 200
    assert granted(other) == ["Data: Viewer", "Mia Example: Viewer"]


def test_people_are_filtered_and_sorted(organization: Organization, bot: ServiceAccount, root: str) -> None:
    zoe = make_colleague(organization.account, "zoe")
    for user, role in ((zoe.user, builtin.RUNNER), (organization.member.user, builtin.VIEWER), (bot, builtin.WORKER)):
        share(organization.workspace, user, role)
    address, api = f"{root}/user_access/filter", organization.owner.api

    def found(**wanted: Any) -> list[str]:
        return ids(api.post(address, wanted), "handle")

    assert ids(api.client.generic("POST", address), "handle") == ["zoe", "mia"]
    everybody: Any = ["zoe", "mia"]
    for wanted, expected in (
        ({"workspace_accesses": {"workspace_role_id": {"any_": [VIEWER]}}}, ["mia"]),
        ({"workspace_accesses": {"workspace_role_id": {"any_": None}}}, everybody),
        ({"workspace_accesses": {"workspace_role_id": {"any_": []}}}, []),
        ({"workspace_accesses": {"actor_id": {"any_": [str(zoe.user.id), str(bot.id)]}}}, ["zoe"]),
        ({"users": {"id": {"not_any_": [str(zoe.user.id)]}}}, ["mia"]),
        ({"users": {"email": {"any_": ["mia@example.com"]}}}, ["mia"]),
        ({"users": {"email": {"like_": "ZOE@"}}}, ["zoe"]),
        ({"users": {"handle": {"like_": "i"}}}, ["mia"]),
        ({"users": {"name": {"like_": "zoe ex"}}}, ["zoe"]),
        ({"users": {"name": {"like_": "zoe ex"}}, "workspace_accesses": None, "sort": None}, ["zoe"]),
        ({"sort": "CREATED_DESC"}, ["mia", "zoe"]),
        ({"sort": "NAME_ASC"}, ["mia", "zoe"]),
        ({"sort": "EMAIL_DESC"}, everybody),
        ({"sort": "HANDLE_ASC", "limit": 1}, ["mia"]),
        ({"sort": "HANDLE_ASC", "limit": 1, "offset": 1}, ["zoe"]),
    ):
        assert (wanted, found(**wanted)) == (wanted, expected)
    wrong: Any
    for wrong in ({"sort": "AGE_ASC"}, {"limit": 201}, {"limit": -1}, {"users": {"age": {}}}):
        assert api.post(address, wrong).status_code == 422


def test_collaborator_who_is_shut_out_of_the_last_workspace_leaves_the_account(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    item = {"user_id": str(stranger.user.id), "workspace_role_id": RUNNER}
    access = owner.api.post(f"{owner.workspace_api}/user_access/", item).json()["id"]
    assert stranger.api.get(owner.workspace_api).status_code == 200
    assert owner.api.delete(f"{owner.workspace_api}/user_access/{access}").status_code == 204
    assert stranger.api.get(owner.workspace_api).status_code == 404
    assert Membership.objects.filter(account=owner.account).count() == 0
    # The person of the account owns every workspace and is given no role.
    own = {"user_id": str(owner.user.id), "workspace_role_id": RUNNER}
    assert owner.api.post(f"{owner.workspace_api}/user_access/", own).status_code == 422


# --- service accounts


def test_service_account_is_let_in_and_shut_out_as_terraform_does(organization: Organization, root: str) -> None:
    bot, _, key = create_service_account(organization.account, name="ci", actor=BY)
    api, wanted = organization.owner.api, {"workspace_role_id": VIEWER, "bot_id": str(bot.id)}
    answer = api.post(f"{root}/bot_access/", [wanted])
    made = answer.json()[0]
    assert (answer.status_code, answer.json()) == (
        200,
        [
            {
                "id": made["id"],
                "created": made["created"],
                "updated": made["updated"],
                "workspace_id": str(organization.workspace.id),
                "workspace_role_id": VIEWER,
                "actor_id": str(bot.id),
                "bot_id": str(bot.id),
                "bot_name": "ci",
            }
        ],
    )
    access = f"{root}/bot_access/{made['id']}"
    assert api.get(access).json() == made
    assert Api(key).get(root).status_code == 200
    changed = api.post(f"{root}/bot_access/", wanted | {"workspace_role_id": RUNNER}).json()
    assert (changed["id"], changed["workspace_role_id"]) == (made["id"], RUNNER)
    assert api.delete(access).status_code == 204
    for again in (api.delete(access), api.get(access), Api(key).get(root)):
        assert (again.status_code, again.json()) == NOT_FOUND


def test_service_accounts_are_filtered_and_sorted(organization: Organization, root: str) -> None:
    bots = {name: create_service_account(organization.account, name=name, actor=BY)[0] for name in ("night", "day")}
    for name, bot in bots.items():
        share(organization.workspace, bot, builtin.VIEWER if name == "day" else builtin.WORKER)
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    address, api = f"{root}/bot_access/filter", organization.owner.api
    assert ids(api.client.generic("POST", address), "bot_name") == ["night", "day"]
    for wanted, expected in (
        ({"bots": {"name": {"any_": ["day"]}}}, ["day"]),
        ({"bots": {"name": {"like_": "IGH"}}}, ["night"]),
        ({"bots": {"id": {"any_": [str(bots["day"].id)]}}}, ["day"]),
        ({"workspace_accesses": {"workspace_role_id": {"any_": [VIEWER]}}}, ["day"]),
        ({"sort": "BOT_NAME_ASC"}, ["day", "night"]),
        ({"sort": "CREATED_DESC", "limit": 1}, ["day"]),
    ):
        assert (wanted, ids(api.post(address, wanted), "bot_name")) == (wanted, expected)
    assert api.post(address, {"sort": "NAME_ASC"}).status_code == 422


# --- teams


def test_team_is_let_in_found_and_shut_out_as_terraform_does(organization: Organization, team: Team, root: str) -> None:
    add_to_team(team, [organization.member.user], actor=BY)
    set_default_role(organization.workspace, usable_role(organization.account, UUID(VIEWER)), actor=BY)
    api, wanted = organization.owner.api, {"workspace_role_id": RUNNER, "team_id": str(team.id)}
    answer = api.put(f"{root}/team_access/", [wanted])
    made = answer.json()[0]
    assert (answer.status_code, answer.json()) == (
        200,
        [
            {
                "id": made["id"],
                "created": made["created"],
                "updated": made["updated"],
                "workspace_id": str(organization.workspace.id),
                "workspace_role_id": RUNNER,
                "team_id": str(team.id),
            }
        ],
    )
    for body in (b"", b"{}"):  # neither of the provider's spellings of no body
        listed = api.client.generic("POST", f"{root}/team_access/filter", body, "application/json")
        assert (listed.status_code, listed.json()) == (200, [made | {"team_name": "Data"}])
    changed = api.put(f"{root}/team_access/", [wanted | {"workspace_role_id": OWNER}]).json()[0]
    assert (changed["id"], changed["workspace_role_id"]) == (made["id"], OWNER)
    held = organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").json()
    assert held == sorted(builtin.SCOPES["Owner"])
    assert api.delete(f"{root}/team_access/{made['id']}").status_code == 404  # the team's id counts
    answer = api.delete(f"{root}/team_access/{team.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.delete(f"{root}/team_access/{team.id}").status_code == 404
    held = organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").json()
    assert held == sorted(builtin.SCOPES["Viewer"])


def test_default_role_is_no_teams(organization: Organization, team: Team, root: str) -> None:
    set_default_role(organization.workspace, usable_role(organization.account, UUID(VIEWER)), actor=BY)
    everyone = everyone_team(organization.account.id)
    assert everyone is not None
    api = organization.owner.api
    assert ids(api.post(f"{root}/team_access/filter")) == []
    assert api.delete(f"{root}/team_access/{everyone.id}").status_code == 404
    answer = api.put(f"{root}/team_access/", [{"team_id": str(everyone.id), "workspace_role_id": OWNER}])
    assert answer.status_code == 422
    assert granted(organization.workspace) == ["Everyone: Viewer"]


def test_teams_come_page_by_page_and_others_keep_theirs(organization: Organization, team: Team, root: str) -> None:
    second = create_team(organization.account, name="Ops", actor=BY)
    api = organization.owner.api
    for one in (team, second):
        items = [{"team_id": str(one.id), "workspace_role_id": VIEWER}]
        assert ids(api.put(f"{root}/team_access/", items), "team_id") == [str(one.id)]
    assert ids(api.post(f"{root}/team_access/filter"), "team_name") == ["Data", "Ops"]
    assert ids(api.post(f"{root}/team_access/filter", {"limit": 1, "offset": 1}), "team_name") == ["Ops"]
    item = {"team_id": str(team.id), "workspace_role_id": VIEWER}
    assert api.put(f"{root}/team_access/", item).status_code == 422  # always a list


# --- all who may enter


def test_access_names_everybody_who_may_enter(organization: Organization, team: Team, root: str) -> None:
    def named() -> list[tuple[str, str | None, str]]:
        answer = organization.owner.api.get(f"{root}/access/")
        assert answer.status_code == 200
        return [(one["name"], one["email"], one["type"]) for one in answer.json()]

    bots = {name: create_service_account(organization.account, name=name, actor=BY)[0] for name in ("ci", "cd", "idle")}
    adam, frida, mia = ((f"{name.title()} Example", f"{name}@example.com", "user") for name in ("adam", "frida", "mia"))
    assert named() == [adam, frida]
    share(organization.workspace, bots["ci"], builtin.WORKER)
    add_to_team(team, [organization.member.user, bots["cd"]], actor=BY)
    share(organization.workspace, team, builtin.VIEWER)
    by_team = [adam, ("cd", None, "service_account"), ("ci", None, "service_account"), frida, mia]
    assert named() == by_team
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    assert named() == by_team
    make_colleague(organization.account, "zoe")
    set_default_role(organization.workspace, usable_role(organization.account, UUID(VIEWER)), actor=BY)
    assert named() == [*by_team, ("Zoe Example", "zoe@example.com", "user")]
    membership = Membership.objects.get(user=organization.member.user, account=organization.account)
    set_active(membership, False, actor=BY)
    assert mia not in named()


def test_access_names_the_person_of_a_personal_account(owner: Person, stranger: Person) -> None:
    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    address = f"{owner.workspace_api}/access/"
    assert ids(owner.api.get(address)) == [str(owner.user.id)]
    share(owner.workspace, stranger.user, builtin.VIEWER)
    assert ids(owner.api.get(address)) == [str(stranger.user.id), str(owner.user.id)]


# --- who may do this


ENDPOINTS: list[tuple[str, str, Any, str]] = [
    ("post", "user_access/", [], "manage_workspace_users"),
    ("post", "user_access/filter", {}, "see_workspace_users"),
    ("get", "user_access/{}", None, "see_workspace_users"),
    ("delete", "user_access/{}", None, "manage_workspace_users"),
    ("post", "bot_access/", [], "manage_workspace_service_accounts"),
    ("post", "bot_access/filter", {}, "see_workspace_service_accounts"),
    ("get", "bot_access/{}", None, "see_workspace_service_accounts"),
    ("delete", "bot_access/{}", None, "manage_workspace_service_accounts"),
    ("put", "team_access/", [], "manage_workspace_teams"),
    ("post", "team_access/filter", {}, "manage_workspace_teams"),
    ("delete", "team_access/{}", None, "manage_workspace_teams"),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), ENDPOINTS)
def test_each_endpoint_needs_its_scope(
    organization: Organization, stranger: Person, root: str, method: str, path: str, body: Any, scope: str
) -> None:
    address = f"{root}/{path.format(uuid4())}"
    for outsider in (stranger, organization.member):
        answer = outsider.api.call(method, address, body)
        assert (answer.status_code, answer.json()) == NOT_FOUND
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    answer = organization.member.api.call(method, address, body)
    assert (answer.status_code, answer.json()) == (403, {"detail": f"This needs the scope {scope} in the workspace."})
    create_role(organization.account, name="Just this", scopes=[scope], actor=BY)
    share(organization.workspace, organization.member.user, "Just this")
    # The id is nobody's: 404 behind the door.
    assert organization.member.api.call(method, address, body).status_code == (404 if "{}" in path else 200)


def test_access_needs_both_scopes(organization: Organization, root: str) -> None:
    needed = ["see_workspace_users", "see_workspace_service_accounts"]
    for number, held in enumerate(([needed[0]], [needed[1]], needed)):
        create_role(organization.account, name=f"Role {number}", scopes=held, actor=BY)
        share(organization.workspace, organization.member.user, f"Role {number}")
        answer = organization.member.api.get(f"{root}/access/")
        assert answer.status_code == (200 if held == needed else 403)


@pytest.fixture
def keeper(organization: Organization) -> Person:
    """A member who may let others in and sees flows, and no more."""
    scopes = ["manage_workspace_users", "manage_workspace_service_accounts", "manage_workspace_teams", "see_flows"]
    role = create_role(organization.account, name="Keeper", scopes=scopes, actor=BY)
    share_with(organization.workspace, organization.member.user, role, actor=BY)
    return organization.member


def test_nobody_gives_more_than_they_have(
    organization: Organization, keeper: Person, bot: ServiceAccount, team: Team, root: str
) -> None:
    watcher = create_role(organization.account, name="Watcher", scopes=["see_flows"], actor=BY)
    zoe = make_colleague(organization.account, "zoe")
    for method, path, field, one in (
        ("post", "user_access/", "user_id", zoe.user.id),
        ("post", "bot_access/", "bot_id", bot.id),
        ("put", "team_access/", "team_id", team.id),
    ):
        fine, beyond = ({field: str(one), "workspace_role_id": role} for role in (str(watcher.id), OWNER))
        before = granted(organization.workspace)
        for items in ([beyond], [fine, beyond]):
            assert keeper.api.call(method, f"{root}/{path}", items).status_code == 403
            assert granted(organization.workspace) == before
        assert keeper.api.call(method, f"{root}/{path}", [fine]).status_code == 200
    assert granted(organization.workspace) == [
        "Data: Watcher",
        "Mia Example: Keeper",
        "Zoe Example: Watcher",
        "ci: Watcher",
    ]
    own = {"user_id": str(keeper.user.id), "workspace_role_id": OWNER}
    assert keeper.api.post(f"{root}/user_access/", own).status_code == 403
    assert organization.admin.api.post(f"{root}/user_access/", own).status_code == 200


def test_nobody_takes_more_than_they_have(
    organization: Organization, keeper: Person, bot: ServiceAccount, team: Team, root: str
) -> None:
    zoe = make_colleague(organization.account, "zoe")
    for one in (zoe.user, bot, team):
        share(organization.workspace, one, builtin.OWNER)
    grants = {grant.user_id: grant.id for grant in Grant.objects.exclude(user=None)}
    paths = (f"user_access/{grants[zoe.user.id]}", f"bot_access/{grants[bot.id]}", f"team_access/{team.id}")
    demotion = {"user_id": str(zoe.user.id), "workspace_role_id": str(WorkspaceRole.objects.get(name="Keeper").id)}
    assert keeper.api.post(f"{root}/user_access/", demotion).status_code == 403
    for path in paths:
        assert keeper.api.delete(f"{root}/{path}").status_code == 403
    assert granted(organization.workspace) == ["Data: Owner", "Mia Example: Keeper", "Zoe Example: Owner", "ci: Owner"]
    for path in paths:
        assert organization.admin.api.delete(f"{root}/{path}").status_code == 204
    assert granted(organization.workspace) == ["Mia Example: Keeper"]


def test_lists_cost_the_same_for_one_and_three(
    organization: Organization, root: str, django_assert_num_queries: Any
) -> None:
    def more(number: int) -> None:
        colleague = make_colleague(organization.account, f"colleague-{number}")
        bot = create_service_account(organization.account, name=f"bot {number}", actor=BY)[0]
        team = create_team(organization.account, name=f"Team {number}", actor=BY)
        add_to_team(team, [colleague.user, bot], actor=BY)
        for one in (colleague.user, bot, team):
            share(organization.workspace, one, builtin.VIEWER)

    api = organization.owner.api
    more(1)
    api.get(f"{root}/access/")
    queries = 2 if connection.vendor == "postgresql" else 3  # PostgreSQL takes the key and the workspace together
    sizes = []
    for numbers in ((2, 3), ()):
        for path in ("user_access/filter", "bot_access/filter", "team_access/filter"):
            with django_assert_num_queries(queries):
                sizes.append(len(api.post(f"{root}/{path}").json()))
        with django_assert_num_queries(queries):
            sizes.append(len(api.get(f"{root}/access/").json()))
        for number in numbers:
            more(number)
    assert sizes == [1, 1, 1, 4, 3, 3, 3, 8]


# --- in the same moment


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["share", "remove"])
def test_member_who_is_removed_while_let_in_keeps_no_role(organization: Organization, first: str) -> None:
    membership = Membership.objects.get(account=organization.account, user=organization.member.user)
    role = WorkspaceRole.objects.get(id=VIEWER)
    works: dict[str, Callable[[], object]] = {
        "share": lambda: share_with(organization.workspace, organization.member.user, role, actor=BY),
        "remove": lambda: remove_member(membership, actor=BY),
    }
    second = next(name for name in works if name != first)
    refused: list[str] = []

    def work() -> None:
        try:
            works[second]()
        except ValidationError as error:
            refused.extend(error.messages)
        finally:
            connection.close()

    other = threading.Thread(target=work)
    with transaction.atomic():
        works[first]()
        other.start()
        other.join(1)
    other.join(30)
    assert refused == (["Mia Example is not a member of initech."] if first == "remove" else [])
    assert granted(organization.workspace) == []
    assert not Membership.objects.filter(id=membership.id).exists()


@pytest.mark.django_db(transaction=True)
def test_lists_that_cross_wait_for_each_other(organization: Organization, root: str) -> None:
    second = create_workspace(organization.account, name="Second", handle="second", actor=BY)
    roles = [create_role(organization.account, name=name, scopes=["see_flows"], actor=BY) for name in ("One", "Two")]
    people = [make_colleague(organization.account, f"colleague-{number}").user for number in range(4)]
    items = [
        {"user_id": str(user.id), "workspace_role_id": str(roles[number % 2].id)} for number, user in enumerate(people)
    ]
    api, other = organization.owner.api, organization.admin.api
    answers = at_once(
        lambda: api.post(f"{root}/user_access/", items),
        lambda: other.post(f"{api_root(second)}/user_access/", items[::-1]),
    )
    assert [ids(answer, "user_id") for answer in answers] == [
        [item["user_id"] for item in order] for order in (items, items[::-1])
    ]
    assert len(granted(second)) == len(granted(organization.workspace)) == 4
