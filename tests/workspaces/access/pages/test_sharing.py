"""The page on which an organization's workspace is shared: what it shows, changes, offers and refuses."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership, ServiceAccount, Team
from orgs.services.members import set_active
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, scopes
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_colleague, share
from tests.visits import queries, root, staged, text, visitor
from workspaces.access.default_roles import default_role
from workspaces.access.sharing import direct_role
from workspaces.models import Workspace
from workspaces.scoping import enter

ROLE = {name: str(id) for name, id in builtin.IDS.items()}
SYSTEM = system("tests")


def at(workspace: Workspace, rest: str = "") -> str:
    return f"{root(workspace)}/settings/sharing{rest}"


def held(workspace: Workspace, who: User | Team) -> str | None:
    role = direct_role(workspace, who)
    return role.name if role else None


@pytest.fixture
def team(organization: Organization) -> Team:
    return create_team(organization.account, name="Data", actor=SYSTEM)


@pytest.fixture
def bot(organization: Organization) -> ServiceAccount:
    return create_service_account(organization.account, name="nightly", actor=SYSTEM)[0]


def test_list_names_each_way_in(organization: Organization, team: Team) -> None:
    member = organization.member.user
    share(organization.workspace, member, "Runner")
    share(organization.workspace, team, "Developer")
    add_to_team(team, [member], actor=SYSTEM)
    client = visitor(organization.owner.user)
    client.post(at(organization.workspace, "/everyone"), {"now": ROLE["Viewer"], "confirmed": "1"})
    page = text(client.get(at(organization.workspace)))
    assert "All members have the default role Viewer" in page
    assert "Developer, by team Data Viewer, by default role" in page
    assert "Owner, by account role Admin" in page
    assert "mia@example.com" in page
    teams = text(client.get(at(organization.workspace), {"tab": "teams"}))
    assert ("Data" in teams, "mia@example.com" in teams) == (True, False)


def test_list_holds_nobody_who_may_not_enter_and_nobody_of_another_account(
    organization: Organization, stranger: Person
) -> None:
    page = text(visitor(organization.owner.user).get(at(organization.workspace)))
    assert ("adam@" in page, "mia@" in page, "boris@" in page) == (True, False, False)


def test_search_finds_by_words_of_name_and_address(organization: Organization) -> None:
    for handle in ("ugo", "ivo"):
        share(organization.workspace, make_colleague(organization.account, handle).user, "Viewer")
    client = visitor(organization.owner.user)
    for asked, found in (("ugo example", ["ugo"]), ("IVO@", ["ivo"]), ("nobody", [])):
        page = text(client.get(at(organization.workspace), {"q": asked}))
        assert [handle for handle in ("ugo", "ivo") if f"{handle}@example.com" in page] == found
    assert "No matches" in page
    assert client.get(at(organization.workspace), {"q": "\0", "page": "-1", "tab": "x"}).status_code == 200


def test_role_is_given_changed_undone_and_taken_back(organization: Organization) -> None:
    member, workspace = organization.member.user, organization.workspace
    client, was = visitor(organization.owner.user), ""
    for sent, now in (("Viewer", "Viewer"), ("Developer", "Developer"), ("Viewer", "Viewer"), ("", None), ("", None)):
        role = ROLE.get(sent, "")
        answer = client.post(at(workspace, "/people"), staged((member.id, was, role)))
        assert (answer.status_code, answer["Location"]) == (302, at(workspace, "?tab=people"))
        assert held(workspace, member) == now
        was = role
    actions = list(Entry.objects.filter(action__startswith="workspace-access").values_list("action", flat=True))
    assert sorted(actions) == [
        "workspace-access.created",
        "workspace-access.deleted",
        "workspace-access.updated",
        "workspace-access.updated",
    ]


def test_message_of_a_change_carries_the_way_back(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Runner")
    client, place, id = (
        visitor(organization.owner.user),
        at(organization.workspace, "/people"),
        organization.member.user.id,
    )
    client.post(place, staged((id, ROLE["Runner"], ROLE["Owner"])))
    toast = client.get(at(organization.workspace)).content.decode().split('id="toasts"')[1]
    assert "Mia Example is now Owner." in toast
    assert f'action="{place}"' in toast
    assert f'name="now-{id}" value="{ROLE["Runner"]}"' in toast
    client.post(place, staged((id, ROLE["Owner"], ROLE["Runner"])))
    assert held(organization.workspace, organization.member.user) == "Runner"


def test_several_changes_are_reviewed_and_saved_once(organization: Organization) -> None:
    workspace, client = organization.workspace, visitor(organization.owner.user)
    ugo, ivo = (make_colleague(organization.account, handle).user for handle in ("ugo", "ivo"))
    share(workspace, ugo, "Developer")
    share(workspace, ivo, "Viewer")
    client.post(at(workspace, "/everyone"), {"was": "", "now": ROLE["Runner"], "confirmed": "1"})
    form = [
        (ugo.id, ROLE["Developer"], ""),
        (ivo.id, ROLE["Viewer"], ROLE["Owner"]),
        (organization.member.user.id, "", ""),
    ]
    entries = Entry.objects.count()
    review = client.post(at(workspace, "/people"), staged(*form, confirmed=False))
    page = text(review)
    assert review.status_code == 200
    assert "Ugo Example ugo@example.com Developer → becomes No direct role" in page
    assert "Lost: Create, edit and delete variables." in page
    assert "Keeps: Runner, by default role" in page
    assert "Ivo Example will be Owner" in page
    assert "Mia Example" not in page
    assert (held(workspace, ugo), held(workspace, ivo), Entry.objects.count()) == ("Developer", "Viewer", entries)
    assert client.post(at(workspace, "/people"), staged(*form)).status_code == 302
    assert (held(workspace, ugo), held(workspace, ivo)) == (None, "Owner")
    toast = client.get(at(workspace)).content.decode().split('id="toasts"')[1]
    assert "2 roles were changed." in toast
    client.post(
        at(workspace, "/people"), staged((ugo.id, "", ROLE["Developer"]), (ivo.id, ROLE["Owner"], ROLE["Viewer"]))
    )
    assert (held(workspace, ugo), held(workspace, ivo)) == ("Developer", "Viewer")


def test_change_of_somebody_else_is_shown_and_nothing_is_lost(organization: Organization) -> None:
    workspace, client = organization.workspace, visitor(organization.owner.user)
    ugo, ivo = (make_colleague(organization.account, handle).user for handle in ("ugo", "ivo"))
    for who in (ugo, ivo):
        share(workspace, who, "Viewer")
    share(workspace, ugo, "Runner")  # somebody else, after the page was loaded
    form = staged((ugo.id, ROLE["Viewer"], ROLE["Developer"]), (ivo.id, ROLE["Viewer"], ""))
    answer = client.post(at(workspace, "/people"), form)
    assert (answer.status_code, held(workspace, ugo), held(workspace, ivo)) == (409, "Runner", "Viewer")
    assert "You saw: Viewer. Now: Runner. Your choice: Developer." in text(answer)
    page = answer.content.decode()
    for field in (
        f'was-{ugo.id}" value="{ROLE["Runner"]}',
        f'now-{ugo.id}" value="{ROLE["Developer"]}',
        f"now-{ivo.id}",
    ):
        assert f'name="{field}' in page
    form = staged((ugo.id, ROLE["Runner"], ROLE["Developer"]), (ivo.id, ROLE["Viewer"], ""))
    assert client.post(at(workspace, "/people"), form).status_code == 302
    assert (held(workspace, ugo), held(workspace, ivo)) == ("Developer", None)


def test_change_that_somebody_else_made_already_is_no_conflict(organization: Organization) -> None:
    workspace, member = organization.workspace, organization.member.user
    share(workspace, member, "Runner")
    client = visitor(organization.owner.user)
    answer = client.post(at(workspace, "/people"), staged((member.id, "", ROLE["Runner"])))
    assert (answer.status_code, held(workspace, member)) == (302, "Runner")
    assert "Nothing to change" in text(client.get(at(workspace)))


def test_double_click_saves_once(organization: Organization) -> None:
    client, workspace = visitor(organization.owner.user), organization.workspace
    sent = {**staged((organization.member.user.id, "", ROLE["Viewer"])), "once": "t"}
    answers = [client.post(at(workspace, "/people"), sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Entry.objects.filter(action="workspace-access.created").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"now-nonsense": "x"},
        {"now-": ""},
        {"now-<member>": "x", "was-<member>": "\0"},
        {f"now-{uuid4()}": ROLE["Viewer"] for _ in range(101)},
        {},
        {"confirmed": "1", "role": ROLE["Owner"]},
    ],
)
def test_broken_forms_change_nothing(organization: Organization, fields: dict[str, str]) -> None:
    client = visitor(organization.owner.user)
    fields = {name.replace("<member>", str(organization.member.user.id)): value for name, value in fields.items()}
    for kind in ("people", "teams", "service-accounts"):
        answer = client.post(at(organization.workspace, f"/{kind}"), {**fields, "confirmed": "1"})
        assert answer.status_code in (302, 409)
        assert client.get(at(organization.workspace, f"/{kind}")).status_code == 405
    for now in ("x", "\0", str(uuid4())):
        assert client.post(at(organization.workspace, "/everyone"), {"now": now, "was": "y"}).status_code == 302
    assert not Entry.objects.filter(action__startswith="workspace-access").exists()


def test_member_stages_no_owner_for_themselves(organization: Organization) -> None:
    """Neither with few scopes, nor with those to share: nobody grants more than they hold."""
    workspace, member = organization.workspace, organization.member.user
    custom(organization, "Porter", scopes.MANAGE_WORKSPACE_USERS, scopes.WRITE_WORKSPACE_SETTINGS, scopes.SEE_FLOWS)
    client = visitor(member)
    for role in ("Viewer", "Porter"):
        share(workspace, member, role)
        was = str(WorkspaceRole.objects.usable_in(organization.account).get(name=role).id)
        for confirmed in (True, False):
            form = staged((member.id, was, ROLE["Owner"]), confirmed=confirmed)
            assert client.post(at(workspace, "/people"), form).status_code == 403
        assert client.post(at(workspace, "/everyone"), {"now": ROLE["Owner"], "confirmed": "1"}).status_code == 403
        assert held(workspace, member) == role
    assert default_role(workspace) is None


def test_teams_and_service_accounts_are_shared_with_alike(
    organization: Organization, team: Team, bot: ServiceAccount
) -> None:
    client, workspace = visitor(organization.owner.user), organization.workspace
    for kind, who in (("teams", team), ("service-accounts", bot)):
        client.post(at(workspace, f"/{kind}/add"), {"who": str(who.id), "role": ROLE["Worker"]})
        assert held(workspace, who) == "Worker"
        page = text(client.get(at(workspace), {"tab": kind}))
        assert who.name in page
        client.post(at(workspace, f"/{kind}"), staged((who.id, ROLE["Worker"], "")))
        assert held(workspace, who) is None


def test_several_are_added_at_once_and_all_or_none(organization: Organization, stranger: Person) -> None:
    client, workspace = visitor(organization.owner.user), organization.workspace
    people = [make_colleague(organization.account, handle).user for handle in ("ugo", "ivo")]
    place, role = at(workspace, "/people/add"), ROLE["Developer"]
    ids = [str(person.id) for person in people]
    for sent in ({"who": [*ids, str(stranger.user.id)], "role": role}, {"role": role}, {"who": ids, "role": "x"}):
        assert client.post(place, sent).status_code == 422
    assert [held(workspace, person) for person in people] == [None, None]
    assert client.post(place, {"who": ids, "role": role}).status_code == 302
    assert [held(workspace, person) for person in people] == ["Developer", "Developer"]
    offered = text(client.get(place))
    assert ("ugo@" in offered, "mia@" in offered, "boris@" in offered) == (False, True, False)


@pytest.mark.parametrize("kind", ["people", "teams", "service-accounts"])
def test_ids_of_others_are_none(
    organization: Organization, stranger: Person, team: Team, bot: ServiceAccount, kind: str
) -> None:
    client = visitor(organization.owner.user)
    foreign = {"people": bot.id, "teams": stranger.user.id, "service-accounts": organization.member.user.id}
    for id in (uuid4(), stranger.user.id, foreign[kind]):
        answer = client.post(at(organization.workspace, f"/{kind}"), staged((id, "", ROLE["Viewer"])))
        assert (answer.status_code, "can no longer be found here" in text(answer)) == (409, True)
        assert client.get(at(organization.workspace, f"/{kind}/{id}/remove")).status_code == 404
    assert not Entry.objects.filter(action="workspace-access.created").exists()
    assert enter(stranger.user, organization.workspace.id) is None


def test_team_of_everyone_is_no_team_to_choose(organization: Organization) -> None:
    everyone = Team.objects.get(account=organization.account, everyone=True)
    client = visitor(organization.owner.user)
    answer = client.post(at(organization.workspace, "/teams"), staged((everyone.id, "", ROLE["Owner"])))
    assert (answer.status_code, default_role(organization.workspace)) == (409, None)


def test_role_of_another_account_is_none(organization: Organization, stranger: Person) -> None:
    other = create_role(stranger.account, name="Theirs", scopes=[scopes.SEE_FLOWS], actor=SYSTEM)
    client = visitor(organization.owner.user)
    for role in (str(other.id), "nonsense", str(uuid4())):
        answer = client.post(at(organization.workspace, "/people"), staged((organization.member.user.id, "", role)))
        assert (answer.status_code, "There is no such role" in text(answer)) == (409, True)
        client.post(at(organization.workspace, "/everyone"), {"now": role, "confirmed": "1"})
    assert held(organization.workspace, organization.member.user) is None
    assert default_role(organization.workspace) is None


def test_default_role_is_reviewed_set_and_taken_away(organization: Organization) -> None:
    client, place = visitor(organization.owner.user), at(organization.workspace, "/everyone")
    review = client.post(place, {"was": "", "now": ROLE["Viewer"]})
    assert (review.status_code, default_role(organization.workspace)) == (200, None)
    assert "Everyone at Initech No direct role → becomes Viewer" in text(review)
    client.post(place, {"was": "", "now": ROLE["Viewer"], "confirmed": "1"})
    assert enter(organization.member.user, organization.workspace.id) is not None
    late = client.post(place, {"was": "", "now": ROLE["Owner"], "confirmed": "1"})
    assert (late.status_code, "You saw: no default role. Now: Viewer. Your choice: Owner." in text(late)) == (409, True)
    client.post(place, {"was": ROLE["Viewer"], "now": "", "confirmed": "1"})
    assert enter(organization.member.user, organization.workspace.id) is None


def custom(organization: Organization, name: str, *names: str) -> WorkspaceRole:
    return create_role(organization.account, name=name, scopes=names, actor=SYSTEM)


def test_nobody_gives_or_takes_more_than_they_have(organization: Organization) -> None:
    """Neither offered nor taken: a role beyond one's own scopes."""
    porter = make_colleague(organization.account, "petra").user
    workspace, member = organization.workspace, organization.member.user
    custom(organization, "Porter", scopes.MANAGE_WORKSPACE_USERS, scopes.SEE_FLOWS)
    small = custom(organization, "Reader", scopes.SEE_FLOWS)
    share(workspace, porter, "Porter")
    client, place = visitor(porter), at(workspace, "/people")
    page = client.get(at(workspace, "/people/add")).content.decode()
    assert (str(small.id) in page, ROLE["Viewer"] in page, ROLE["Owner"] in page) == (True, False, False)
    assert client.post(place, staged((member.id, "", ROLE["Viewer"]))).status_code == 403
    assert held(workspace, member) is None
    client.post(place, staged((member.id, "", str(small.id))))
    assert held(workspace, member) == "Reader"
    share(workspace, member, "Developer")
    assert client.post(place, staged((member.id, ROLE["Developer"], ""))).status_code == 403
    assert f"now-{member.id}" not in client.get(at(workspace)).content.decode()
    assert held(workspace, member) == "Developer"


EDITS: list[tuple[str, str]] = [
    ("/everyone", scopes.WRITE_WORKSPACE_SETTINGS),
    ("/people", scopes.MANAGE_WORKSPACE_USERS),
    ("/people/add", scopes.MANAGE_WORKSPACE_USERS),
    ("/teams", scopes.MANAGE_WORKSPACE_TEAMS),
    ("/teams/add", scopes.MANAGE_WORKSPACE_TEAMS),
    ("/service-accounts", scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS),
    ("/service-accounts/add", scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS),
]


@pytest.mark.parametrize(("place", "scope"), EDITS)
def test_each_section_needs_its_own_scope(
    organization: Organization, team: Team, bot: ServiceAccount, place: str, scope: str
) -> None:
    path = at(organization.workspace, place.format(person=organization.admin.user.id, team=team.id, bot=bot.id))
    alone = WorkspaceRole(account=organization.account, name="One", scopes=[scope])
    rest = WorkspaceRole(account=organization.account, name="Rest", scopes=sorted(scopes.ALL - {scope}))
    codes = []
    for role in (alone, rest):
        role.save()
        share(organization.workspace, organization.member.user, role.name)
        answer = visitor(organization.member.user).post(path, {"role": ""})
        codes.append(answer.status_code == 403)
        assert (scope in text(answer)) is (role is rest)
    assert codes == [False, True]


@pytest.mark.parametrize("role", ["Developer", "Viewer", None])
def test_who_may_only_look_gets_no_buttons_and_who_may_not_gets_the_name_of_the_scope(
    organization: Organization, role: str | None
) -> None:
    if role:
        share(organization.workspace, organization.member.user, role)
    answer = visitor(organization.member.user).get(at(organization.workspace))
    assert answer.status_code == {"Developer": 200, "Viewer": 403, None: 404}[role]
    if role == "Developer":
        page = answer.content.decode().split("<main")[1]
        assert ('method="post"' in page.split('id="toasts"')[0], "Add members" in page, "Remove" in page) == (
            False,
            False,
            False,
        )
    if role == "Viewer":
        assert "see_workspace_users" in text(answer)


def test_suspended_member_keeps_the_role_and_is_marked(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    set_active(Membership.objects.get(user=organization.member.user), False, actor=SYSTEM)
    page = text(visitor(organization.owner.user).get(at(organization.workspace)))
    assert "Mia Example mia suspended" in page


def test_removal_asks_and_says_what_stays(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Developer")
    client = visitor(organization.owner.user)
    client.post(at(organization.workspace, "/everyone"), {"now": ROLE["Viewer"], "confirmed": "1"})
    place = at(organization.workspace, f"/people/{organization.member.user.id}/remove")
    page = text(client.get(place))
    assert "loses the role Developer" in page
    assert "still has access: Viewer, by default role" in page
    client.post(at(organization.workspace, "/people"), staged((organization.member.user.id, ROLE["Developer"], "")))
    assert client.get(place).status_code == 302


def test_why_tells_each_source_and_what_it_allows(organization: Organization, team: Team) -> None:
    member, workspace = organization.member.user, organization.workspace
    client, place = visitor(organization.owner.user), at(organization.workspace, f"/why/{organization.member.user.id}")
    assert "They have no role in this workspace" in text(client.get(place))
    share(workspace, member, "Viewer")
    share(workspace, team, "Developer")
    add_to_team(team, [member], actor=SYSTEM)
    page = text(client.get(place))
    assert "Viewer , directly" in page
    assert "Developer , by team Data" in page
    access = enter(member, workspace.id)
    assert access is not None
    assert f"{len(access.scopes)} of {len(scopes.ALL)} permissions by 2 roles" in page
    assert "Owner , by account role Admin" in text(client.get(at(workspace, f"/why/{organization.admin.user.id}")))


def test_why_knows_nobody_of_another_account(organization: Organization, stranger: Person, bot: ServiceAccount) -> None:
    client = visitor(organization.owner.user)
    answers: list[Any] = [
        client.get(at(organization.workspace, f"/why/{id}")) for id in (stranger.user.id, uuid4(), bot.id)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert "boris" not in text(client.get(at(organization.workspace, "/why"), {"q": "boris"}))


def test_service_accounts_are_shown_to_who_may_see_them(organization: Organization, bot: ServiceAccount) -> None:
    custom(organization, "People only", scopes.SEE_WORKSPACE_USERS)
    share(organization.workspace, organization.member.user, "People only")
    share(organization.workspace, bot, "Worker")
    client = visitor(organization.member.user)
    for path in ("", "?tab=service-accounts", "/why"):
        page = client.get(at(organization.workspace, path))
        assert (page.status_code, "nightly" in text(page)) == (200, False)
    assert client.get(at(organization.workspace, f"/why/{bot.id}")).status_code == 404


@pytest.mark.parametrize("path", ["", "?tab=teams", "?tab=service-accounts", "/people/add", "/teams/add", "/why"])
def test_lists_cost_the_same_for_one_row_and_for_three(organization: Organization, path: str) -> None:
    client = visitor(organization.owner.user)

    def grow(name: str) -> None:
        share(organization.workspace, make_colleague(organization.account, name).user, "Viewer")
        make_colleague(organization.account, f"{name}-outside")
        share(organization.workspace, create_team(organization.account, name=name, actor=SYSTEM), "Viewer")
        create_team(organization.account, name=f"{name}-outside", actor=SYSTEM)
        share(
            organization.workspace, create_service_account(organization.account, name=name, actor=SYSTEM)[0], "Worker"
        )

    grow("one")
    before = queries(client, at(organization.workspace, path))
    grow("two")
    grow("three")
    assert queries(client, at(organization.workspace, path)) == before
    assert before <= 11


def test_personal_workspace_has_collaborators_instead(owner: Person, organization: Organization) -> None:
    client = visitor(owner.user)
    assert client.get(at(owner.workspace))["Location"] == f"{root(owner.workspace)}/settings/collaborators"
    assert client.get(at(owner.workspace, "/people/add")).status_code == 404
    back = visitor(organization.owner.user).get(f"{root(organization.workspace)}/settings/collaborators")
    assert back["Location"] == at(organization.workspace)
