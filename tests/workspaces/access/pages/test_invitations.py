"""Pages of invitations: looking changes nothing, each state says what it is, and strangers find nothing."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingMail, User
from auditlog.actors import system
from orgs.models import Invitation, Membership
from orgs.services.invitations import new_link
from orgs.services.organizations import create_organization
from orgs.services.teams import create_team
from rbac import builtin, permissions
from tests.cast import Organization, Person
from tests.invited import TOKEN, into, invited, token_for
from tests.visits import comparable, queries, text, visitor
from workspaces.scoping import enter

TESTS = system("tests")
NEW = "nora@example.com"
SIGN_UP = {"name": "Nora New", "handle": "nora", "password": "a-long-enough-one"}


def _list(organization: Organization, *more: object) -> str:
    return "/".join([f"/account/{organization.account.id}/members/invitations", *map(str, more)])


def _invite(organization: Organization) -> str:
    return f"/account/{organization.account.id}/members/invite"


def _waits(organization: Organization, email: str = NEW, **more: Any) -> tuple[Invitation, str]:
    made = invited(organization.account, email, organization.owner, **more)
    return made, f"/invitation/{token_for(email)}"


# ---------------------------------------------------------------- the link


def test_looking_changes_nothing_and_nobody_keeps_the_page(organization: Organization, stranger: Person) -> None:
    made, path = _waits(organization, stranger.user.email)
    for client in (Client(), visitor(stranger.user), visitor(organization.member.user)):
        for address in (path, path):
            answer = client.get(address)
            assert (answer.status_code, answer["Referrer-Policy"]) == (200, "strict-origin")
            assert "no-store" in answer["Cache-Control"]
        assert [client.get(f"{path}/{what}").status_code for what in ("accept", "decline")] == [405, 405]
        assert client.get(f"{path}/sign-up").status_code == 302
    made.refresh_from_db()
    assert (made.status, Membership.objects.filter(user=stranger.user).exists()) == ("PENDING", False)


def test_page_says_who_invites_into_what(organization: Organization, stranger: Person) -> None:
    place = into(organization.workspace, builtin.VIEWER)
    made, path = _waits(organization, stranger.user.email, **place)
    for client in (Client(), visitor(stranger.user)):
        words = text(client.get(path))
        until = f"{made.expires_at:%Y-%m-%d}"
        for word in ("Join Initech", "Frida Example", "Member", "Viewer in the workspace", "Shared", until):
            assert (word, word in words) == (word, True)


def test_invited_person_accepts_and_lands_in_the_workspace(organization: Organization, stranger: Person) -> None:
    place = into(organization.workspace, builtin.VIEWER)
    _, path = _waits(organization, stranger.user.email, **place)
    client = visitor(stranger.user)
    form = {"once": "1"}
    where = f"/account/{organization.account.id}/workspace/{organization.workspace.id}/dashboard"
    answers = [client.post(f"{path}/accept", form) for _ in range(2)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(302, where), (302, where)]
    assert client.get(where).status_code == 200
    replay = client.post(f"{path}/accept", {"once": "2"})
    assert (replay.status_code, replay["Location"]) == (302, path)
    used = client.get(path)
    assert (used.status_code, "This invitation was used" in text(used), where in used.content.decode()) == (
        410,
        True,
        True,
    )


def test_somebody_else_cannot_answer(organization: Organization, stranger: Person, owner: Person) -> None:
    made, path = _waits(organization, stranger.user.email)
    client = visitor(owner.user)
    assert "You are signed in as olga@example.com" in text(client.get(path))
    for what in ("accept", "decline"):
        assert client.post(f"{path}/{what}")["Location"] == path
    assert client.post(f"{path}/sign-up", SIGN_UP)["Location"] == path
    made.refresh_from_db()
    assert (made.status, Membership.objects.filter(user=owner.user).exists()) == ("PENDING", False)


def test_person_with_an_account_signs_in_first(organization: Organization, stranger: Person) -> None:
    made, path = _waits(organization, stranger.user.email)
    answer = Client().get(path)
    assert f'href="/auth/sign-in?next={path}"' in answer.content.decode()
    assert Client().post(f"{path}/accept")["Location"] == path
    assert Client().post(f"{path}/sign-up", SIGN_UP)["Location"] == path
    made.refresh_from_db()
    assert made.status == "PENDING"


def test_newcomer_signs_up_and_is_in_though_registration_is_closed(organization: Organization, settings: Any) -> None:
    settings.OPEN_REGISTRATION = False
    place = into(organization.workspace, builtin.VIEWER)
    _, path = _waits(organization, **place)
    client = Client()
    assert NEW in text(client.get(path)) or NEW in client.get(path).content.decode()
    answer = client.post(f"{path}/sign-up", {**SIGN_UP, "email": "other@example.com"})
    where = f"/account/{organization.account.id}/workspace/{organization.workspace.id}/dashboard"
    assert (answer.status_code, answer["Location"]) == (302, where)
    assert client.get(where).status_code == 200
    user = User.objects.get(email=NEW)
    assert (user.handle, EmailAddress.objects.get(user=user).verified) == ("nora", True)
    assert not User.objects.filter(email="other@example.com").exists()
    assert Client().get("/auth/sign-up").content.decode().count("Ask for an invitation") > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"handle": "frida"}, "This handle is taken."),
        ({"handle": "Not a handle"}, "lower-case letters"),
        ({"password": "nora"}, "too short"),
        ({"password": "nora@example.com"}, "too similar"),
        ({"name": ""}, "required"),
    ],
)
def test_bad_sign_up_makes_nothing(organization: Organization, change: dict[str, str], words: str) -> None:
    made, path = _waits(organization)
    answer = Client().post(f"{path}/sign-up", {**SIGN_UP, **change})
    assert (answer.status_code, words in text(answer)) == (422, True)
    made.refresh_from_db()
    assert (made.status, User.objects.filter(email=NEW).exists()) == ("PENDING", False)
    assert "a-long-enough-one" not in answer.content.decode()
    assert Client().post(f"{path}/sign-up", SIGN_UP).status_code == 302


def test_shown_link_leads_in_and_asks_to_confirm_the_address(organization: Organization, settings: Any) -> None:
    made, _ = _waits(organization)
    (token,) = TOKEN.findall(new_link(made, actor=TESTS))
    before = OutgoingMail.objects.count()
    client = Client()
    assert client.post(f"/invitation/{token}/sign-up", SIGN_UP).status_code == 302
    user = User.objects.get(email=NEW)
    assert EmailAddress.objects.get(user=user).verified is False
    assert OutgoingMail.objects.count() == before + 1
    assert client.get("/my/profile").status_code == 200


def test_page_of_a_shown_link_does_not_tell_whether_the_address_has_an_account(
    organization: Organization, stranger: Person
) -> None:
    """Whoever sent the invitation has the link, too."""
    pages = []
    for email in (NEW, stranger.user.email):
        made, _ = _waits(organization, email)
        (token,) = TOKEN.findall(new_link(made, actor=TESTS))
        page = Client().get(f"/invitation/{token}")
        assert f'href="/auth/sign-in?next=/invitation/{token}"' in page.content.decode()
        words = re.sub(r"\d\d:\d\d:\d\d", "", text(page))  # when the invitation expires
        pages.append((page.status_code, words.replace(email, "")))
    assert pages[0] == pages[1]


def test_where_addresses_must_be_confirmed_a_shown_link_waits_for_that(
    organization: Organization, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for shown in (False, True):
        email = f"nora-{shown}@example.com".lower()
        made, path = _waits(organization, email)
        if shown:
            path = "/invitation/" + TOKEN.findall(new_link(made, actor=TESTS))[0]
        client = Client()
        answer = client.post(f"{path}/sign-up", {**SIGN_UP, "handle": f"nora-{shown}".lower()})
        assert answer.status_code == 302
        assert (answer["Location"] == "/auth/verify") is shown
        assert client.get("/my/profile").status_code == (302 if shown else 200)


def test_each_end_has_words_of_its_own(organization: Organization) -> None:
    made, path = _waits(organization)
    for status, words in (
        ("ACCEPTED", "This invitation was used"),
        ("REJECTED", "This invitation was declined"),
        ("REVOKED", "This invitation was revoked"),
        ("PENDING", "This invitation has expired"),
    ):
        Invitation.objects.filter(id=made.id).update(status=status, expires_at=timezone.now() - timedelta(days=1))
        answer = Client().get(path)
        assert (answer.status_code, words in text(answer)) == (410, True)
        asks = "mailto:frida@example.com?subject=" in answer.content.decode()
        assert asks is (status != "ACCEPTED")
    Invitation.objects.filter(id=made.id).update(status="REVOKED", joined_otherwise=True)
    ended = Client().get(path)
    assert (ended.status_code, "joined Initech in another way" in text(ended)) == (410, True)
    assert "joined another way" in text(visitor(organization.owner.user).get(_list(organization) + "?all"))


def test_unknown_tokens_are_counted(organization: Organization) -> None:
    _, path = _waits(organization)
    client = Client()
    for word in ("x", path.rpartition("/")[2][:-1], "%00", "é"):
        answer = client.get(f"/invitation/{word}")
        assert (answer.status_code, "does not work" in text(answer)) == (404, True)
        assert "no-store" in answer["Cache-Control"]
    assert {client.post(f"/invitation/x/{what}").status_code for what in ("accept", "decline", "sign-up")} == {404}
    codes = [client.get("/invitation/x").status_code for _ in range(40)]
    assert (codes[0], codes[-1]) == (404, 429)
    assert client.get(path).status_code == 200


def test_declining_takes_no_account(organization: Organization) -> None:
    made, path = _waits(organization)
    client = Client()
    assert client.post(f"{path}/decline")["Location"] == path
    made.refresh_from_db()
    assert (made.status, "You did not join" in text(client.get(path))) == ("REJECTED", True)


# ------------------------------------------------------------ one's own


def test_own_invitations_wait_in_the_menu(organization: Organization, stranger: Person) -> None:
    client = visitor(stranger.user)
    before = queries(client, "/workspaces")
    assert "Invitations that wait" not in text(client.get("/workspaces"))
    made, _ = _waits(organization, stranger.user.email)
    _waits(organization)
    assert "Invitations that wait: 1" in text(client.get("/workspaces"))
    assert queries(client, "/workspaces") == before
    assert "Frida Example invites you as Member" in text(client.get("/my/invitations"))
    answer = client.post(f"/my/invitations/{made.id}/accept")
    assert (answer.status_code, answer["Location"]) == (302, f"/account/{organization.account.id}/")
    assert client.get(answer["Location"]).status_code == 200
    assert "No invitations" in text(client.get("/my/invitations"))
    assert "Invitations that wait" not in text(client.get("/workspaces"))


def test_address_that_is_not_confirmed_shows_nothing(organization: Organization, stranger: Person) -> None:
    made, _ = _waits(organization, stranger.user.email)
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    client = visitor(stranger.user)
    words = text(client.get("/my/invitations"))
    assert ("Initech" in words, "Confirm your email address" in words, "Invitations that wait" in words) == (
        False,
        True,
        False,
    )
    client.post(f"/my/invitations/{made.id}/accept")
    assert not Membership.objects.filter(user=stranger.user).exists()


def test_invitations_of_others_cannot_be_answered(organization: Organization, stranger: Person, owner: Person) -> None:
    made, _ = _waits(organization, stranger.user.email)
    for person, status in ((owner, "PENDING"), (stranger, "REJECTED")):
        assert visitor(person.user).post(f"/my/invitations/{made.id}/decline")["Location"] == "/my/invitations"
        made.refresh_from_db()
        assert made.status == status


# ------------------------------------------------------------ the account's


def test_admin_invites_a_pasted_list(organization: Organization) -> None:
    team = create_team(organization.account, name="Ops", actor=TESTS)
    form = {
        "emails": "Nora New <Nora@Example.com>, zoe@example.com;\nyan@example.com zoe@example.com",
        "role": "Member",
        "teams": [str(team.id)],
        "workspace": str(organization.workspace.id),
        "workspace_role": str(builtin.IDS[builtin.RUNNER]),
        "once": "1",
    }
    client = visitor(organization.admin.user)
    answers = [client.post(_invite(organization), form) for _ in range(2)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(302, _list(organization))] * 2
    made = Invitation.objects.order_by("id")
    assert [(one.email, one.role, list(one.teams.all()), str(one.workspace_role)) for one in made] == [
        (email, "Member", [team], "Runner") for email in (NEW, "zoe@example.com", "yan@example.com")
    ]
    words = text(client.get(_list(organization)))
    assert ("Sent 3 invitations." in words, "Runner in Shared" in words) == (True, True)


def test_wrong_addresses_are_flagged_beside_what_was_typed(organization: Organization) -> None:
    form = {"emails": "nora@example.com, nobody, zoe@", "role": "Member", "workspace": "", "workspace_role": ""}
    answer = visitor(organization.admin.user).post(_invite(organization), form)
    words, page = text(answer), answer.content.decode()
    assert answer.status_code == 422
    assert ("“nobody” is not a valid email address." in words, "“zoe@” is not a valid email address." in words) == (
        True,
        True,
    )
    assert "nora@example.com, nobody, zoe@</textarea>" in page
    assert re.findall(r'class="tag (good|bad)"', page) == ["good", "bad", "bad"]
    assert Invitation.objects.count() == 0
    named = visitor(organization.admin.user).post(_invite(organization), {**form, "emails": "mia@example.com"})
    assert (named.status_code, "mia@example.com is already a member of initech." in text(named)) == (422, True)


def test_form_offers_only_what_is_ones_own(organization: Organization, stranger: Person) -> None:
    other = create_organization(name="Other", handle="other", founder=stranger.user, actor=TESTS)
    team = create_team(other, name="Theirs", actor=TESTS)
    form = {"emails": NEW, "role": "Member", "workspace": "", "workspace_role": ""}
    client = visitor(organization.admin.user)
    for wrong in (
        {"role": "Owner"},
        {"role": "Collaborator"},
        {"teams": [str(team.id)]},
        {"workspace": str(stranger.workspace.id)},
        {"workspace": str(organization.workspace.id), "workspace_role": str(uuid4())},
        {"workspace": str(organization.workspace.id), "workspace_role": ""},
        {"emails": ""},
        {"emails": "\x00"},
    ):
        assert (wrong, client.post(_invite(organization), {**form, **wrong}).status_code) == (wrong, 422)
    assert Invitation.objects.count() == 0
    assert client.post(_invite(organization), form).status_code == 302


def test_role_in_a_workspace_looks_chosen_only_with_a_workspace(organization: Organization) -> None:
    client, viewer = visitor(organization.admin.user), f'value="{builtin.IDS[builtin.VIEWER]}" selected'
    assert viewer not in client.get(_invite(organization)).content.decode()
    assert viewer in client.get(f"{_invite(organization)}?workspace={organization.workspace.id}").content.decode()


def test_role_without_its_workspace_is_refused_and_nothing_is_lost(organization: Organization) -> None:
    sent = {"emails": NEW, "role": "Member", "workspace": "", "workspace_role": str(builtin.IDS[builtin.DEVELOPER])}
    answer = visitor(organization.owner.user).post(_invite(organization), sent)
    page = answer.content.decode()
    assert (answer.status_code, "Choose the workspace for this role" in page, NEW in page) == (422, True, True)
    assert f'value="{builtin.IDS[builtin.DEVELOPER]}" selected' in page
    assert not Invitation.objects.exists()


def test_collaborator_is_welcomed_to_the_workspace(owner: Person, stranger: Person) -> None:
    form = {"emails": stranger.user.email, "workspace": str(owner.workspace.id)}
    form["workspace_role"] = str(builtin.IDS["Developer"])
    visitor(owner.user).post(f"/account/{owner.account.id}/members/invite", form)
    client = visitor(stranger.user)
    EmailAddress.objects.update_or_create(user=stranger.user, email=stranger.user.email, defaults={"verified": True})
    answer = client.post(f"/my/invitations/{Invitation.objects.get().id}/accept", follow=True)
    assert f"Welcome to {owner.workspace.name}." in text(answer)


def test_owner_of_a_personal_account_invites_into_a_workspace(owner: Person) -> None:
    client, path = visitor(owner.user), f"/account/{owner.account.id}/members/invite"
    page = client.get(f"{path}?workspace={owner.workspace.id}").content.decode()
    assert ('name="role"' in page, 'name="teams"' in page) == (False, False)
    form = {"emails": NEW, "workspace": str(owner.workspace.id), "workspace_role": str(builtin.IDS["Developer"])}
    assert client.post(path, form).status_code == 302
    made = Invitation.objects.get()
    assert (made.role, made.workspace, made.email) == ("Collaborator", owner.workspace, NEW)


@pytest.mark.parametrize("page", ["", "resend", "link", "role", "revoke"])
def test_strangers_find_nothing_and_members_change_nothing(
    organization: Organization, stranger: Person, page: str
) -> None:
    made, _ = _waits(organization)
    path = _list(organization, made.id, page) if page else _list(organization)
    method = "post" if page == "resend" else "get"
    missing = f"/account/{uuid4()}/members/invitations" + (f"/{made.id}/{page}" if page else "")
    answers = [getattr(visitor(stranger.user), method)(address) for address in (path, missing)]
    assert [one.status_code for one in answers] == [404, 404]
    assert comparable(answers[0]) == comparable(answers[1])
    expected = 200 if not page else 403
    assert getattr(visitor(organization.member.user), method)(path).status_code == expected
    assert getattr(visitor(organization.admin.user), method)(path).status_code == (302 if page == "resend" else 200)
    theirs = create_organization(name="Other", handle="other", founder=stranger.user, actor=TESTS)
    if page:
        of_another = f"/account/{theirs.id}/members/invitations/{made.id}/{page}"
        assert getattr(visitor(stranger.user), method)(of_another).status_code == 404


def test_strangers_do_not_invite(organization: Organization, stranger: Person) -> None:
    form = {"emails": NEW, "role": "Member", "workspace": "", "workspace_role": ""}
    answers = [visitor(one.user).post(_invite(organization), form) for one in (stranger, organization.member)]
    assert [one.status_code for one in answers] == [404, 403]
    assert Invitation.objects.count() == 0


def test_admin_sends_again_changes_the_role_shows_a_link_and_revokes(organization: Organization) -> None:
    made, path = _waits(organization)
    client = visitor(organization.admin.user)
    soon = client.post(_list(organization, made.id, "resend"))
    assert "Try again later" in text(client.get(soon["Location"]))
    Invitation.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    client.post(_list(organization, made.id, "resend"))
    assert (Client().get(path).status_code, OutgoingMail.objects.count()) == (404, 2)

    assert client.post(_list(organization, made.id, "role"), {"role": "Owner"}).status_code == 422
    assert client.post(_list(organization, made.id, "role"), {"role": "Admin"}).status_code == 302
    shown = client.post(_list(organization, made.id, "link"))
    (link,) = re.findall(r'value="(http[^"]+/invitation/[^"]+)"', shown.content.decode())
    assert shown["Cache-Control"] == "no-store"
    address = "/" + link.split("/", 3)[3]
    assert "Admin" in text(Client().get(address))
    assert link not in client.get(_list(organization, made.id, "link")).content.decode()

    assert client.post(_list(organization, made.id, "revoke")).status_code == 302
    assert Client().get(address).status_code == 410
    made.refresh_from_db()
    assert (made.role, made.status) == ("Admin", "REVOKED")


def test_admin_does_not_touch_the_invitation_of_an_owner(organization: Organization) -> None:
    made, _ = _waits(organization, role=permissions.OWNER)
    client = visitor(organization.admin.user)
    assert client.post(_list(organization, made.id, "link")).status_code == 403
    assert _list(organization, made.id, "link") not in client.get(_list(organization)).content.decode()
    assert visitor(organization.owner.user).post(_list(organization, made.id, "link")).status_code == 200


def test_list_says_when_nobody_waits_and_shows_earlier_ones_when_asked(organization: Organization) -> None:
    client = visitor(organization.admin.user)
    assert "No pending invitations" in text(client.get(_list(organization)))
    made, _ = _waits(organization)
    Invitation.objects.filter(id=made.id).update(status="REVOKED")
    assert NEW not in text(client.get(_list(organization)))
    assert NEW in text(client.get(_list(organization) + "?all"))


def test_pages_make_few_queries_however_many_wait(organization: Organization, stranger: Person) -> None:
    place = into(organization.workspace, builtin.VIEWER)
    client = visitor(organization.admin.user)
    paths = [_list(organization), _invite(organization)]
    _waits(organization, "one@example.com", **place)
    before = [queries(client, path) for path in paths]
    for name in ("two", "three"):
        _waits(organization, f"{name}@example.com", **place)
    assert [queries(client, path) for path in paths] == before
    assert max(before) <= 12
    _waits(organization, stranger.user.email, **place)
    assert queries(visitor(stranger.user), "/my/invitations") <= 12
    assert enter(stranger.user, organization.workspace.id) is None
