"""The members of an account: who sees them, who changes what, and what one of them may enter."""

import csv
import io

import pytest
from django.test import Client

from accounts.services.keys import create_key
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership
from orgs.services.members import add_member, change_role, set_active
from orgs.services.organizations import create_organization
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_colleague, make_person, share
from tests.visits import staged, text, visitor
from workspaces.access.default_roles import set_default_role
from workspaces.scoping import enter

US = system("tests")


def _members(organization: Organization) -> str:
    return f"/account/{organization.account.id}/members"


def _page(organization: Organization, person: Person, what: str = "") -> str:
    return f"{_members(organization)}/{organization.membership(person).id}{what}"


def _change(
    organization: Organization, person: Person, was: str, now: str, *, confirmed: bool = True
) -> dict[str, str]:
    return staged((organization.membership(person).id, was, now), confirmed=confirmed)


def _role(organization: Organization, person: Person) -> str:
    return organization.membership(person).role


def test_list_shows_the_people_and_how_many_workspaces_they_may_enter(
    organization: Organization, stranger: Person
) -> None:
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    create_service_account(organization.account, name="Robot", actor=US)
    page = text(visitor(organization.member.user).get(_members(organization)))
    for person in (organization.owner, organization.admin, organization.member):
        assert person.user.email in page
    assert ("boris" in page, "Robot" in page, "Export CSV" in page) == (False, False, True)
    assert "Mia Example mia mia@example.com Member 1" in page


@pytest.mark.parametrize(("words", "found"), [("mia", 1), ("MIA EX", 1), ("frida@", 1), ("example", 3), ("zed", 0)])
def test_search(organization: Organization, words: str, found: int) -> None:
    page = text(visitor(organization.owner.user).get(_members(organization), {"q": words}))
    assert page.count("@example.com") - 1 == found  # the reader's own is in the menu, too
    assert ("No matches" in page) is (found == 0)


def test_a_page_has_at_most_fifty_rows(organization: Organization) -> None:
    people = [make_person(f"p{number}") for number in range(49)]
    for person in people:
        add_member(organization.account, user=person.user, role=permissions.MEMBER, actor=US)
    client = visitor(organization.owner.user)
    first, second = (client.get(_members(organization), {"page": page}).content.decode() for page in (1, 2))
    assert [page.count('class="who"') for page in (first, second)] == [50, 2]


def test_mere_member_is_offered_no_change(organization: Organization) -> None:
    page = visitor(organization.member.user).get(_members(organization)).content.decode()
    assert ("<select" in page, ">Remove<" in page, ">Access<" in page) == (False, False, False)


def test_admin_is_offered_no_change_of_owners_and_no_role_above_their_own(organization: Organization) -> None:
    make_colleague(organization.account, "otto", permissions.OWNER)
    page = visitor(organization.admin.user).get(_members(organization)).content.decode()
    assert page.count("<select") == 2  # the admin and the member
    assert "<option>Owner" not in page
    assert _page(organization, organization.owner, "/remove") not in page
    page = visitor(organization.owner.user).get(_members(organization)).content.decode()
    assert (page.count("<select"), page.count("<option>Owner")) == (4, 2)


def test_row_of_the_only_owner_says_why_it_cannot_change(organization: Organization) -> None:
    client = visitor(organization.owner.user)
    assert "The only owner" in text(client.get(_members(organization)))
    assert "The only owner" in text(client.get(_page(organization, organization.owner)))
    change, roles = _change(organization, organization.owner, "Owner", "Member"), _members(organization) + "/roles"
    refused = client.post(roles, change)
    assert (refused.status_code, "would have no owner" in text(refused)) == (409, True)
    refused = client.post(_page(organization, organization.owner, "/active"), {"active": "false"})
    assert (refused.status_code, "would have no owner" in text(refused)) == (422, True)
    refused = client.post(_page(organization, organization.owner, "/remove"))
    assert (refused.status_code, "would have no owner" in text(refused)) == (422, True)
    make_colleague(organization.account, "otto", permissions.OWNER)
    assert "The only owner" not in text(client.get(_members(organization)))
    assert client.post(roles, change).status_code == 302


def test_several_roles_are_reviewed_and_saved_once(organization: Organization) -> None:
    client, path = visitor(organization.owner.user), _members(organization) + "/roles"
    otto = make_colleague(organization.account, "otto")
    back = f"{_members(organization)}?q=example"
    ids = [organization.membership(person).id for person in (organization.member, otto, organization.admin)]
    form = staged((ids[0], "Member", "Admin"), (ids[1], "Member", "Owner"), (ids[2], "Admin", "Admin"))
    del form["confirmed"]
    review = client.post(path, {**form, "next": back})
    page = text(review)
    assert (review.status_code, "Otto Example will be Owner" in page, "Adam Example" in page) == (200, True, False)
    assert "Mia Example mia@example.com Member → becomes Admin" in page
    assert (_role(organization, organization.member), _role(organization, otto)) == ("Member", "Member")
    sent = {**form, "next": back, "confirmed": "1", "once": "t"}
    assert [client.post(path, sent)["Location"] for _ in range(2)] == [back, back]
    assert (_role(organization, organization.member), _role(organization, otto)) == ("Admin", "Owner")
    assert Entry.objects.filter(action="account-membership.updated").count() == 2
    toasts = client.get(back).content.decode().split('id="toasts"')[1]
    assert ("2 account roles were changed." in toasts, "Undo" in toasts) == (True, False)  # one became an owner
    form = {**staged((ids[0], "Admin", "Member")), "next": "https://evil.example/"}
    assert client.post(path, form)["Location"] == _members(organization)
    assert "Undo" in client.get(back).content.decode()


def test_role_that_somebody_else_changed_is_shown_and_nothing_is_lost(organization: Organization) -> None:
    client, path = visitor(organization.owner.user), _members(organization) + "/roles"
    otto = make_colleague(organization.account, "otto", permissions.ADMIN)
    mine, theirs = (organization.membership(person).id for person in (organization.member, otto))
    change_role(organization.membership(organization.member), "Admin", actor=US)  # after the page was loaded
    answer = client.post(path, staged((mine, "Member", "Owner"), (theirs, "Admin", "Member")))
    assert (answer.status_code, _role(organization, organization.member), _role(organization, otto)) == (
        409,
        "Admin",
        "Admin",
    )
    assert "You saw: Member. Now: Admin. Your choice: Owner." in text(answer)
    assert f'name="was-{mine}" value="Admin"' in answer.content.decode()
    assert client.post(path, staged((mine, "Admin", "Owner"), (theirs, "Admin", "Member"))).status_code == 302
    assert (_role(organization, organization.member), _role(organization, otto)) == ("Owner", "Member")


def test_last_owner_hands_over_in_one_step(organization: Organization) -> None:
    client, path = visitor(organization.owner.user), _members(organization) + "/roles"
    old, new = (organization.membership(person).id for person in (organization.owner, organization.admin))
    assert client.post(path, staged((old, "Owner", "Member"), (new, "Admin", "Owner"))).status_code == 302
    assert (_role(organization, organization.owner), _role(organization, organization.admin)) == ("Member", "Owner")


@pytest.mark.parametrize("role", ["", "Nonsense", "Collaborator", "owner"])
def test_a_role_that_is_none_is_refused(organization: Organization, role: str) -> None:
    path = _members(organization) + "/roles"
    answer = visitor(organization.owner.user).post(path, _change(organization, organization.member, "Member", role))
    assert (answer.status_code, "no such account role" in text(answer)) == (409, True)
    assert _role(organization, organization.member) == "Member"


def test_memberships_of_others_are_none(organization: Organization, stranger: Person) -> None:
    client, path = visitor(organization.owner.user), _members(organization) + "/roles"
    other = create_organization(name="Other", handle="other", founder=stranger.user, actor=US)
    theirs = Membership.objects.get(account=other)
    bot = Membership.objects.get(user=create_service_account(organization.account, name="Robot", actor=US)[0])
    for id in (theirs.id, bot.id, organization.account.id):
        answer = client.post(path, staged((id, "Owner", "Member")))
        assert (answer.status_code, "can no longer be found here" in text(answer)) == (409, True)
    theirs.refresh_from_db()
    assert theirs.role == "Owner"
    assert client.post(path, {"now-x": "Owner"}).status_code == 302


def test_member_stages_no_owner_for_themselves(organization: Organization) -> None:
    path = _members(organization) + "/roles"
    for person, role in ((organization.member, "Member"), (organization.admin, "Admin")):
        for confirmed in (True, False):
            form = _change(organization, person, role, "Owner", confirmed=confirmed)
            assert visitor(person.user).post(path, form).status_code == 403
        assert _role(organization, person) == role


def test_admin_makes_nobody_an_owner_and_touches_none(organization: Organization) -> None:
    make_colleague(organization.account, "otto", permissions.OWNER)
    client, roles = visitor(organization.admin.user), _members(organization) + "/roles"
    promotion = _change(organization, organization.member, "Member", "Owner")
    for path, sent in (
        (roles, promotion),
        (roles, _change(organization, organization.owner, "Owner", "Member")),
        (_page(organization, organization.owner, "/active"), {"active": "false"}),
        (_page(organization, organization.owner, "/remove"), {}),
    ):
        assert client.post(path, sent).status_code == 403
    assert (_role(organization, organization.member), _role(organization, organization.owner)) == ("Member", "Owner")
    assert visitor(organization.owner.user).post(roles, promotion).status_code == 302


@pytest.mark.parametrize("what", ["", "/active", "/remove"])
def test_doors_of_a_member(organization: Organization, stranger: Person, owner: Person, what: str) -> None:
    """Signed out, a stranger, somebody without the permission, and a member reached through another account."""
    path = _page(organization, organization.member, what)
    elsewhere = path.replace(str(organization.account.id), str(owner.account.id))

    def ask(client: Client, address: str) -> int:
        return (client.get if what == "" else client.post)(address).status_code

    assert ask(Client(), path) == 302
    assert [ask(visitor(one.user), path) for one in (stranger, organization.member)] == [404, 403]
    assert ask(visitor(owner.user), elsewhere) == 404
    bot, _, _ = create_service_account(organization.account, name="Robot", actor=US)
    of_bot = Membership.objects.get(user=bot).id
    assert ask(visitor(organization.owner.user), f"{_members(organization)}/{of_bot}{what}") == 404


def test_suspending_and_letting_in_again(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    client, path = visitor(organization.admin.user), _page(organization, organization.member)
    client.post(path + "/active", {"active": "false"})
    assert enter(organization.member.user, organization.workspace.id) is None
    assert "suspended" in text(client.get(path))
    client.post(path + "/active", {"active": "true"})
    assert enter(organization.member.user, organization.workspace.id) is not None


def test_removing_says_what_is_lost(organization: Organization) -> None:
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    team = create_team(organization.account, name="Data", actor=US)
    add_to_team(team, [organization.member.user], actor=US)
    client, path = visitor(organization.admin.user), _page(organization, organization.member, "/remove")
    page = text(client.get(path))
    assert ("initech/shared" in page, "Data" in page, "mia/home" in page) == (True, True, False)
    assert client.post(path)["Location"] == _members(organization)
    assert not Membership.objects.filter(account=organization.account, user=organization.member.user).exists()
    assert client.post(path).status_code == 404


def test_one_member_page_names_every_way_in(organization: Organization) -> None:
    mia = organization.member
    team = create_team(organization.account, name="Data", actor=US)
    add_to_team(team, [mia.user], actor=US)
    share(organization.workspace, team, builtin.RUNNER)
    share(organization.workspace, mia.user, builtin.DEVELOPER)
    set_default_role(organization.workspace, WorkspaceRole.objects.get(account=None, name=builtin.VIEWER), actor=US)
    key, value = create_key(mia.user, name="night shift", expires_at=None, actor=mia.user.as_actor())
    page = visitor(organization.admin.user).get(_page(organization, mia))
    words = text(page)
    for way in ("Developer , directly", "Runner , by team Data", "Viewer , by default role"):
        assert way in words
    assert ("night shift" in words, key.last_four in words, "mia/home" in words) == (False, False, False)
    assert "2 keys." in words  # of any account: their names and uses are nobody else's
    assert value not in page.content.decode()
    assert "Role in a workspace given: mia@example.com (Developer)" in words
    assert ("Joined:" in words, "account-membership.created" in words) == (True, False)
    assert "Owner , by account role Admin" in text(
        visitor(organization.owner.user).get(_page(organization, organization.admin))
    )


def test_export_has_everybody_and_no_formula(organization: Organization) -> None:
    organization.member.user.first_name = "=cmd()"
    organization.member.user.save()
    answer = visitor(organization.member.user).get(_members(organization) + "/export")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="initech-members.csv"'
    assert [(row[0], row[1], row[3], row[5]) for row in rows[1:]] == [
        ("'=cmd() Example", "mia@example.com", "Member", "0"),
        ("Adam Example", "adam@example.com", "Admin", "1"),
        ("Frida Example", "frida@example.com", "Owner", "1"),
    ]


def test_members_of_a_personal_account_are_its_collaborators(owner: Person, stranger: Person) -> None:
    path, client = f"/account/{owner.account.id}/members", visitor(owner.user)
    assert "No collaborators yet" in text(client.get(path))
    one = add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=US)
    share(owner.workspace, stranger.user, builtin.RUNNER)
    page = client.get(path)
    assert "boris@example.com" in text(page)
    assert "<select" not in page.content.decode()
    assert "Runner , directly" in text(client.get(f"{path}/{one.id}"))
    assert client.post(f"{path}/roles", staged((one.id, "Collaborator", "Owner"))).status_code == 409
    assert client.post(f"{path}/{one.id}/remove").status_code == 302
    assert enter(stranger.user, owner.workspace.id) is None


def test_a_suspended_admin_may_no_longer_make_workspaces(organization: Organization) -> None:
    sent = {"owner": str(organization.account.id), "name": "New", "handle": "new"}
    set_active(organization.membership(organization.admin), False, actor=US)
    assert visitor(organization.admin.user).post("/workspaces/create", sent).status_code == 422
    set_active(organization.membership(organization.admin), True, actor=US)
    assert visitor(organization.admin.user).post("/workspaces/create", sent).status_code == 302
