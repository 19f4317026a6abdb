"""The pages of an account: who opens them, what they show, what they change."""

import io
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Account, User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import AllowedNetwork, Membership
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from rbac import builtin, permissions
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_colleague, make_person, share
from tests.visits import comparable, queries, root, text, visitor
from workspaces.access.sharing import share_with
from workspaces.directory.services import create_workspace

US = system("tests")
MEMBERS_OPEN = ["", "/workspaces", "/members", "/members/export", "/network", "/leave"]
ADMINS_OPEN = ["/edit", "/settings", "/edit/handle?handle=x"]


def _root(account: Account) -> str:
    return f"/account/{account.id}"


@pytest.mark.parametrize("page", [*MEMBERS_OPEN, *ADMINS_OPEN, "/delete"])
def test_page_asks_to_sign_in_and_is_missing_for_strangers(
    organization: Organization, stranger: Person, page: str
) -> None:
    path = (_root(organization.account) + page).replace("account//", "account/")
    path = path + "/" if page == "" else path
    assert Client().get(path)["Location"].startswith("/auth/sign-in?next=")
    gone = path.replace(str(organization.account.id), str(uuid4()))
    answers = [visitor(stranger.user).get(one) for one in (path, gone)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert comparable(answers[0]) == comparable(answers[1])
    answer = visitor(organization.owner.user).get(path)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        *((page or "/", [200, 200, 200]) for page in MEMBERS_OPEN),
        *((page, [200, 200, 403]) for page in ADMINS_OPEN),
        ("/delete", [200, 403, 403]),
    ],
)
def test_each_role_opens_what_its_permissions_say(organization: Organization, page: str, codes: list[int]) -> None:
    people = (organization.owner, organization.admin, organization.member)
    assert [visitor(one.user).get(_root(organization.account) + page).status_code for one in people] == codes


def test_suspended_member_is_a_stranger(organization: Organization) -> None:
    Membership.objects.filter(user=organization.member.user).update(active=False)
    assert visitor(organization.member.user).get(_root(organization.account) + "/").status_code == 404


def test_navigation_leaves_out_what_the_role_may_not_see(organization: Organization) -> None:
    path = _root(organization.account) + "/members"
    for person, shown in ((organization.admin, True), (organization.member, False)):
        page = visitor(person.user).get(path).content.decode()
        assert (f'href="{_root(organization.account)}/settings"' in page) is shown
        assert f'href="{_root(organization.account)}/network"' in page


# ------------------------------------------------------------ founding
def test_founding_leads_to_the_overview_with_the_next_steps(owner: Person) -> None:
    client = visitor(owner.user)
    sent = {"name": "Hooli", "handle": "Hooli", "once": "t"}
    places = [client.post("/organizations/create", sent)["Location"] for _ in range(2)]
    account = Account.objects.get(handle="hooli")
    assert places == [f"/account/{account.id}/"] * 2
    page = text(client.get(places[0]))
    assert "Create a workspace" in page
    assert "only member of Hooli" in page
    assert Membership.objects.get(account=account).role == permissions.OWNER


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "Hooli", "handle": "initech"}, "taken"),
        ({"name": "Hooli", "handle": "frida"}, "taken"),
        ({"name": "Hooli", "handle": "a b"}, "lower-case"),
        ({"name": "Hooli", "handle": "admin"}, "taken"),
        ({"name": "", "handle": "hooli"}, "required"),
        ({"name": "  ", "handle": "hooli"}, "required"),
        ({"name": "Ho\0oli", "handle": "hooli"}, "Null characters"),
    ],
)
def test_refused_organization_keeps_the_values(organization: Organization, sent: dict[str, str], words: str) -> None:
    before = Account.objects.count()
    answer = visitor(organization.member.user).post("/organizations/create", sent)
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{sent["handle"]}"' in answer.content.decode()
    assert Account.objects.count() == before


def test_an_operators_login_founds_nothing(operator: object) -> None:
    answer = visitor(operator).post("/organizations/create", {"name": "X", "handle": "x"})  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert not Account.objects.exists()


# ------------------------------------------------------------ profile
def test_editing_changes_profile_and_handle(organization: Organization) -> None:
    client, path = visitor(organization.admin.user), _root(organization.account) + "/edit"
    assert "90 days" in text(client.get(path))
    sent = {"name": "Initrode", "handle": "initrode", "location": "Austin", "link": "initrode.example", "once": "t"}
    assert client.post(path, sent)["Location"] == _root(organization.account) + "/"
    organization.account.refresh_from_db()
    account = organization.account
    assert (account.name, account.handle, account.location) == ("Initrode", "initrode", "Austin")
    assert account.link == "https://initrode.example"
    refused = client.post(path, {**sent, "handle": "frida", "location": "Kept"})
    assert (refused.status_code, "taken" in text(refused)) == (422, True)
    assert 'value="Kept"' in refused.content.decode()
    assert visitor(organization.member.user).post(path, sent).status_code == 403
    assert Entry.objects.filter(action="account.updated", account_id=account.id).count() == 1


def test_overview_shows_the_location_of_an_organization_and_of_a_person(
    organization: Organization, owner: Person
) -> None:
    Account.objects.filter(id=organization.account.id).update(location="Austin")
    assert "Location Austin" in text(visitor(organization.member.user).get(_root(organization.account) + "/"))
    for of_account, of_person, shown in (("", "Riga", "Riga"), ("Austin", "Riga", "Austin"), ("Austin", "", "Austin")):
        Account.objects.filter(id=owner.account.id).update(location=of_account)
        User.objects.filter(id=owner.user.id).update(location=of_person)
        assert f"Location {shown}" in text(visitor(owner.user).get(_root(owner.account) + "/"))


@pytest.mark.parametrize("sent", [{"link": "javascript:alert(1)"}, {"billing_email": "nobody"}, {"link": "ftp://x.y"}])
def test_bad_profile_is_refused(organization: Organization, sent: dict[str, str]) -> None:
    whole = {"name": "Initech", "handle": "initech", **sent}
    answer = visitor(organization.owner.user).post(_root(organization.account) + "/edit", whole)
    assert answer.status_code == 422
    organization.account.refresh_from_db()
    assert (organization.account.link, organization.account.billing_email) == ("", "")


def test_personal_account_keeps_name_and_handle(owner: Person) -> None:
    client, path = visitor(owner.user), _root(owner.account) + "/edit"
    assert client.post(path, {"name": "X", "handle": "x", "location": "Riga"}).status_code == 302
    owner.account.refresh_from_db()
    assert (owner.account.name, owner.account.handle, owner.account.location) == ("Olga Example", "olga", "Riga")
    assert client.get(_root(owner.account) + "/delete").status_code == 404
    assert client.get(_root(owner.account) + "/leave").status_code == 404


def _picture(content: bytes = b"") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    return SimpleUploadedFile("picture.png", content or out.getvalue(), "image/png")


def test_picture_is_set_and_removed_by_who_may_edit(organization: Organization, stranger: Person) -> None:
    path, shown = _root(organization.account) + "/edit/image", _root(organization.account) + "/image"
    admin, member = visitor(organization.admin.user), visitor(organization.member.user)
    assert member.post(path, {"image": _picture()}).status_code == 403
    assert visitor(stranger.user).post(path, {"image": _picture()}).status_code == 404
    assert admin.post(path, {"image": _picture(b"no image")}).status_code == 422
    assert admin.post(path, {}).status_code == 422
    assert admin.get(shown).status_code == 404
    assert admin.post(path, {"image": _picture()}).status_code == 302
    assert [one.get(shown).status_code for one in (admin, member, visitor(stranger.user))] == [200, 200, 404]
    assert shown in admin.get(_root(organization.account) + "/").content.decode()
    assert member.post(path + "/remove").status_code == 403
    assert admin.post(path + "/remove").status_code == 302
    assert admin.get(shown).status_code == 404


def test_handle_check_knows_the_account(organization: Organization) -> None:
    client, path = visitor(organization.owner.user), _root(organization.account) + "/edit/handle"
    client.post(_root(organization.account) + "/edit", {"name": "Initech", "handle": "fresh"})
    assert "free" in text(client.get(path, {"handle": "initech"}))
    assert text(client.get(path, {"handle": "fresh"})).strip() == ""
    assert "taken" in text(client.get(path, {"handle": "frida"}))
    assert "taken" in text(client.get("/auth/sign-up/handle", {"handle": "initech"}))


# ------------------------------------------------------------ settings, leaving, deleting
def test_settings_show_no_switches_that_change_nothing(organization: Organization) -> None:
    path = _root(organization.account) + "/settings"
    page = visitor(organization.admin.user).get(path).content.decode().split("<main")[1]
    assert ("<input" in page, 'type="checkbox"' in page) == (False, False)
    assert visitor(organization.member.user).get(path).status_code == 403


def test_settings_of_a_personal_account_are_its_profile(owner: Person) -> None:
    answer = visitor(owner.user).get(_root(owner.account) + "/settings")
    assert (answer.status_code, answer["Location"]) == (302, _root(owner.account) + "/edit")


def test_overview_counts(organization: Organization) -> None:
    create_service_account(organization.account, name="Robot", actor=US)
    create_team(organization.account, name="Data", actor=US)
    path = _root(organization.account) + "/"
    page = visitor(organization.owner.user).get(path).content.decode()
    for told in ("1 workspace", "3 members", "1 team", "1 service account"):
        assert f'aria-label="{told}"' in page
    assert 'aria-label="0 workspaces"' in visitor(organization.member.user).get(path).content.decode()


def test_leaving(organization: Organization) -> None:
    path = _root(organization.account) + "/leave"
    overview = _root(organization.account) + "/"
    assert path not in visitor(organization.owner.user).get(overview).content.decode()
    assert path in visitor(organization.admin.user).get(overview).content.decode()
    assert "only owner" in text(visitor(organization.owner.user).get(path))
    assert "only owner" not in text(visitor(organization.admin.user).get(path))
    refused = visitor(organization.owner.user).post(path)
    assert (refused.status_code, "would have no owner" in text(refused)) == (422, True)
    assert visitor(organization.member.user).post(path)["Location"] == "/workspaces"
    assert visitor(organization.member.user).get(path).status_code == 404
    assert Membership.objects.filter(account=organization.account).count() == 2


def test_deleting_needs_the_handle_typed_by_an_owner(organization: Organization) -> None:
    create_service_account(organization.account, name="Robot", actor=US)
    create_team(organization.account, name="Data", actor=US)
    path = _root(organization.account) + "/delete"
    page = text(visitor(organization.owner.user).get(path))
    assert "workspace 1 members 3 team 1 service account 1 service account key 1" in page
    assert visitor(organization.admin.user).post(path, {"typed": "initech"}).status_code == 403
    client = visitor(organization.owner.user)
    assert client.post(path, {"typed": "Initech"}).status_code == 422
    assert Account.objects.filter(id=organization.account.id).exists()
    sent = {"typed": "initech", "once": "t"}
    assert [client.post(path, sent)["Location"] for _ in range(2)] == ["/my/trash"] * 2
    assert not Account.objects.filter(id=organization.account.id).exists()


# ------------------------------------------------------------ networks
def test_list_of_networks_never_locks_its_editor_out(organization: Organization) -> None:
    client, path = visitor(organization.admin.user), _root(organization.account) + "/network"
    assert "127.0.0.1" in text(client.get(path))
    refused = client.post(path + "/enforce", {"enforce": "true"})
    assert (refused.status_code, "No network is enabled yet" in text(refused)) == (422, True)
    assert client.post(path + "/add", {"network": "203.0.113.0/24"}).status_code == 302
    refused = client.post(path + "/enforce", {"enforce": "true"})
    assert (refused.status_code, "lock yourself out" in text(refused)) == (422, True)
    assert client.post(path + "/add", {"network": "127.0.0.0/8", "description": "here"}).status_code == 302
    assert client.post(path + "/enforce", {"enforce": "true"}).status_code == 302
    organization.account.refresh_from_db()
    assert organization.account.enforced_networks == ["127.0.0.0/8", "203.0.113.0/24"]
    here = AllowedNetwork.objects.get(network="127.0.0.0/8")
    assert client.post(f"{path}/{here.id}/switch", {"enabled": "false"}).status_code == 422
    assert client.post(f"{path}/{here.id}/remove").status_code == 422
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 403
    other = AllowedNetwork.objects.get(network="203.0.113.0/24")
    assert client.post(f"{path}/{other.id}/remove").status_code == 302
    for rest, form in ((f"/{here.id}/switch", {"enabled": "false"}), (f"/{here.id}/remove", {})):
        refused = client.post(path + rest, form)
        assert (refused.status_code, "switch enforcement off first" in text(refused)) == (422, True)
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 403
    assert client.post(path + "/enforce", {"enforce": "false"}).status_code == 302
    assert "would lock you out" in text(client.get(path, REMOTE_ADDR="198.51.100.7"))
    refused = client.post(path + "/enforce", {"enforce": "true"}, REMOTE_ADDR="198.51.100.7")
    assert (refused.status_code, "lock yourself out" in text(refused)) == (422, True)
    assert client.get(f"{path}/{here.id}/remove").status_code == 200


def test_networks_are_changed_by_who_may_and_reached_through_their_account(
    organization: Organization, owner: Person
) -> None:
    path = _root(organization.account) + "/network"
    visitor(organization.admin.user).post(path + "/add", {"network": "127.0.0.1"})
    row = AllowedNetwork.objects.get()
    member, other = visitor(organization.member.user), visitor(owner.user)
    assert "127.0.0.1/32" in text(member.get(path))
    for what, sent in (
        ("add", {"network": "::1"}),
        ("enforce", {}),
        (f"{row.id}/switch", {}),
        (f"{row.id}/remove", {}),
    ):
        assert member.post(f"{path}/{what}", sent).status_code == 403
        assert other.post(f"{path}/{what}", sent).status_code == 404
    elsewhere = _root(owner.account) + "/network"
    assert other.post(f"{elsewhere}/{row.id}/switch", {"enabled": "false"}).status_code == 422
    assert other.post(f"{elsewhere}/{row.id}/remove")["Location"] == elsewhere
    assert AllowedNetwork.objects.get().enabled


@pytest.mark.parametrize("network", ["", "nonsense", "10.0.0.0/33", "1" * 50, "127.0.0.1\0"])
def test_bad_network_is_refused(organization: Organization, network: str) -> None:
    path = _root(organization.account) + "/network/add"
    assert visitor(organization.owner.user).post(path, {"network": network}).status_code == 422
    assert not AllowedNetwork.objects.exists()


# ------------------------------------------------------------ workspaces
def test_member_sees_the_workspaces_they_may_enter(organization: Organization) -> None:
    second = create_workspace(organization.account, name="Second", handle="second", actor=US)
    share(second, organization.member.user, builtin.VIEWER)
    path = _root(organization.account) + "/workspaces"
    assert "initech/shared" in text(visitor(organization.admin.user).get(path))
    page = text(visitor(organization.member.user).get(path))
    assert ("initech/second" in page, "initech/shared" in page) == (True, False)
    assert "New workspace" not in page
    assert "initech/second" not in text(visitor(organization.admin.user).get(path, {"q": "shared"}))


def test_list_tells_no_more_of_a_workspace_than_its_scopes_do(organization: Organization) -> None:
    account, path = organization.account, _root(organization.account) + "/workspaces"
    few = WorkspaceRole.objects.create(account=account, name="Few", scopes=["see_variables"])
    share_with(organization.workspace, organization.member.user, few, actor=US)
    assert "initech/shared – – –" in text(visitor(organization.member.user).get(path))
    assert "initech/shared 3 0 0" in text(visitor(organization.admin.user).get(path))
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    assert "initech/shared – – 0" in text(visitor(organization.member.user).get(path))


def test_create_page_begins_with_the_account_asked_for(organization: Organization, stranger: Person) -> None:
    def chosen(owner: object) -> str:
        page = visitor(organization.admin.user).get("/workspaces/create", {"owner": str(owner)}).content.decode()
        found = re.search(r'<option value="([^"]+)" selected', page)
        return found[1] if found else ""

    assert chosen(organization.account.id) == str(organization.account.id)
    for not_one_of_mine in (stranger.account.id, "nonsense"):
        assert str(stranger.account.id) not in chosen(not_one_of_mine)
    asked = {"owner": str(organization.account.id)}
    page = visitor(organization.member.user).get("/workspaces/create", asked).content.decode()
    assert f'value="{organization.account.id}"' not in page


# ------------------------------------------------------------ lists are counted
def test_lists_make_the_same_queries_for_few_and_many(organization: Organization) -> None:
    client = visitor(organization.admin.user)
    mia = organization.membership(organization.member)
    share(organization.workspace, organization.member.user, builtin.VIEWER)
    pages = ("/", "/workspaces", "/members", f"/members/{mia.id}", f"/members/{mia.id}/remove", "/network")
    before = [queries(client, _root(organization.account) + page) for page in pages]
    for number in range(3):
        person = make_colleague(organization.account, f"c{number}")
        workspace = create_workspace(organization.account, name="x", handle=f"w{number}", actor=US)
        share(workspace, person.user, builtin.RUNNER)
        share(workspace, organization.member.user, builtin.RUNNER)
        AllowedNetwork.objects.create(account=organization.account, network=f"10.0.0.{number}/32", enabled=False)
    assert [queries(client, _root(organization.account) + page) for page in pages] == before
    assert max(before) <= 12, before


def test_collaborator_sees_the_account_that_shares(owner: Person) -> None:
    guest = make_person("gert")
    add_member(owner.account, user=guest.user, role=permissions.COLLABORATOR, actor=US)
    share(owner.workspace, guest.user, builtin.RUNNER)
    client = visitor(guest.user)
    page = text(client.get(_root(owner.account) + "/"))
    assert "olga/home" in page
    assert [client.get(_root(owner.account) + one).status_code for one in ("/members", "/workspaces", "/network")] == [
        403,
        403,
        403,
    ]
    assert "shared with you" in text(client.get("/workspaces"))
    assert "shared with you" in text(client.get("/workspaces/switcher"))
    assert client.get(root(owner.workspace) + "/flows").status_code == 200
