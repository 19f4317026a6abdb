"""A personal workspace's collaborators, and leaving what was shared."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from auditlog.actors import system
from orgs.models import Invitation, Membership
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import update_account_settings
from orgs.services.teams import add_to_team, create_team
from rbac import builtin
from rbac.models import Grant
from tests.cast import Organization, Person, make_person, share
from tests.visits import queries, root, staged, text, visitor
from workspaces.scoping import enter

DEVELOPER = str(builtin.IDS["Developer"])
SYSTEM = system("tests")


def at(person: Person, rest: str = "") -> str:
    return f"{root(person.workspace)}/settings/collaborators{rest}"


def collaborate(owner: Person, handle: str, role: str = "Developer") -> Person:
    person = make_person(handle)
    Membership.objects.create(account=owner.account, user=person.user, role="Collaborator")
    share(owner.workspace, person.user, role)
    return person


def test_empty_page_says_so_and_several_are_invited_at_once(owner: Person) -> None:
    client = visitor(owner.user)
    page = client.get(at(owner))
    assert "No collaborators yet Invite people to this workspace" in text(page)
    assert f'value="{DEVELOPER}" selected' in page.content.decode()
    sent = {"emails": "ada@example.com, Grace@example.com\nlinus@example.com", "role": DEVELOPER, "once": "t"}
    assert [client.post(at(owner, "/invite"), sent).status_code for _ in range(2)] == [302, 302]
    made = Invitation.objects.filter(workspace=owner.workspace, status="PENDING")
    assert sorted(made.values_list("email", flat=True)) == [
        "ada@example.com",
        "grace@example.com",
        "linus@example.com",
    ]
    page_after = text(client.get(at(owner)))
    assert ("grace@example.com Developer" in page_after, "Nobody but you" in page_after) == (True, False)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"emails": "nonsense"}, "is not a valid email address"),
        ({"emails": ""}, "required"),
        ({"role": "x"}, "Choose a role"),
        ({"emails": "olga@example.com"}, "is already a member of olga"),
    ],
)
def test_refused_invitation_keeps_what_was_typed(owner: Person, sent: dict[str, str], words: str) -> None:
    answer = visitor(owner.user).post(at(owner, "/invite"), {"emails": "ada@example.com", "role": DEVELOPER, **sent})
    assert (answer.status_code, words in text(answer), Invitation.objects.count()) == (422, True, 0)
    assert len(mail.outbox) == 0


def test_invitation_is_revoked_and_belongs_to_its_workspace(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)
    client.post(at(owner, "/invite"), {"emails": "ada@example.com", "role": DEVELOPER})
    made = Invitation.objects.get()
    for verb in ("resend", "revoke"):
        assert visitor(stranger.user).post(at(stranger, f"/{made.id}/{verb}")).status_code == 404
        assert visitor(stranger.user).post(at(owner, f"/{made.id}/{verb}")).status_code == 404
    assert client.post(at(owner, f"/{made.id}/resend")).status_code == 302
    assert [client.post(at(owner, f"/{made.id}/revoke")).status_code for _ in range(2)] == [302, 302]
    made.refresh_from_db()
    assert made.status == "REVOKED"


def test_collaborator_is_removed_and_leaves_the_account(owner: Person) -> None:
    guest = collaborate(owner, "gus")
    client = visitor(owner.user)
    place = f"{root(owner.workspace)}/settings/sharing/people"
    assert "they must be invited again" in text(client.get(f"{place}/{guest.user.id}/remove"))
    role = str(Grant.objects.get(user=guest.user).role_id)
    assert client.post(place, staged((guest.user.id, role, "")))["Location"] == at(owner)
    assert Membership.objects.filter(account=owner.account).exists() is False
    assert enter(guest.user, owner.workspace.id) is None
    assert "Undo" not in text(client.get(at(owner)))


def test_collaborator_looks_on_and_invites_nobody(owner: Person) -> None:
    for role, code in (("Developer", 200), ("Viewer", 403), ("Owner", 200)):
        guest = collaborate(owner, role.lower(), role)
        client = visitor(guest.user)
        page = client.get(at(owner))
        assert page.status_code == code
        assert b"Invite somebody" not in page.content
        sent = client.post(at(owner, "/invite"), {"emails": "ada@example.com", "role": DEVELOPER})
        assert (sent.status_code, Invitation.objects.count()) == (403, 0)


def test_invitations_are_nothing_to_collaborators_by_either_door(owner: Person) -> None:
    visitor(owner.user).post(at(owner, "/invite"), {"emails": "ada@example.com", "role": DEVELOPER})
    made = Invitation.objects.get()
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    guest = collaborate(owner, "gus", "Owner")
    client, api = visitor(guest.user), f"{owner.workspace_api}/invitations"
    assert "ada@example.com" not in text(client.get(at(owner)))
    assert guest.api.post(f"{api}/filter").status_code == 403
    for id in (made.id, uuid4()):
        for verb in ("resend", "revoke"):
            answer = client.post(at(owner, f"/{id}/{verb}"))
            assert (answer.status_code, "update:workspace_invitation" in text(answer)) == (403, True)
        assert guest.api.post(f"{api}/{id}/revoke").status_code == 403
    before = made.digest, made.status
    made.refresh_from_db()
    assert (made.digest, made.status) == before
    assert "ada@example.com" in text(visitor(owner.user).get(at(owner)))


def test_page_costs_the_same_for_one_and_for_three(owner: Person) -> None:
    client = visitor(owner.user)
    collaborate(owner, "one")
    client.post(at(owner, "/invite"), {"emails": "one@x.example", "role": DEVELOPER})
    before = queries(client, at(owner))
    for handle in ("two", "three"):
        collaborate(owner, handle)
    client.post(at(owner, "/invite"), {"emails": "two@x.example three@x.example", "role": DEVELOPER})
    assert (queries(client, at(owner)), before <= 12) == (before, True)


def test_organization_has_no_such_addresses(organization: Organization) -> None:
    place = f"{root(organization.workspace)}/settings/collaborators/invite"
    answer = visitor(organization.owner.user).post(place, {"emails": "ada@example.com", "role": DEVELOPER})
    assert (answer.status_code, Invitation.objects.count()) == (404, 0)


def test_leaving_gives_up_ones_own_role_and_says_what_stays(organization: Organization) -> None:
    member, workspace = organization.member.user, organization.workspace
    share(workspace, member, "Developer")
    team = create_team(organization.account, name="Data", actor=SYSTEM)
    add_to_team(team, [member], actor=SYSTEM)
    share(workspace, team, "Viewer")
    client, place = visitor(member), f"/workspaces/{workspace.id}/leave"
    assert f'href="{place}"' in client.get("/workspaces").content.decode()
    page = text(client.get(place))
    assert ("your role Developer" in page, "Viewer, by team Data" in page) == (True, True)
    assert client.post(place)["Location"] == "/workspaces"
    assert Grant.objects.filter(user=member).exists() is False
    assert f'href="{place}"' not in client.get("/workspaces").content.decode()
    again = client.post(place)
    assert (again.status_code, "no direct role" in text(again)) == (422, True)


def test_nobody_leaves_what_they_cannot_enter(owner: Person, stranger: Person) -> None:
    place = f"/workspaces/{owner.workspace.id}/leave"
    assert visitor(stranger.user).get(place).status_code == 404
    assert visitor(None).get(place).status_code == 302
    assert visitor(owner.user).post(place).status_code == 422


def test_leaving_is_behind_the_allowlist_of_the_account(organization: Organization) -> None:
    inside, account = "198.51.100.7", organization.account
    set_networks(account, [Network("198.51.100.0/24")], address=inside, actor=SYSTEM)
    update_account_settings(account, {"enforce_ip_allowlist": True}, address=inside, actor=SYSTEM)
    share(organization.workspace, organization.member.user, "Developer")
    client, place = visitor(organization.member.user), f"/workspaces/{organization.workspace.id}/leave"
    for send in (client.get, client.post):
        refused = send(place, REMOTE_ADDR="203.0.113.9")
        assert (refused.status_code, organization.workspace.name in text(refused)) == (403, False)
    assert Grant.objects.filter(user=organization.member.user).exists()
    assert client.get(place, REMOTE_ADDR=inside).status_code == 200
    assert client.post(place, REMOTE_ADDR=inside).status_code == 302


def test_collaborator_who_leaves_the_last_workspace_leaves_the_account(owner: Person) -> None:
    guest = collaborate(owner, "gus")
    assert visitor(guest.user).post(f"/workspaces/{owner.workspace.id}/leave").status_code == 302
    assert Membership.objects.filter(account=owner.account).exists() is False


def test_last_owner_does_not_leave_an_organization(organization: Organization) -> None:
    place = f"/account/{organization.account.id}/leave"
    refused = visitor(organization.owner.user).post(place)
    assert (refused.status_code, "would have no owner" in text(refused)) == (422, True)
    assert visitor(organization.member.user).post(place).status_code == 302
    members = Membership.objects.filter(account=organization.account).values_list("user__first_name", flat=True)
    assert sorted(members) == ["Adam", "Frida"]


def test_link_is_shown_once_for_handing_over(owner: Person, stranger: Person) -> None:
    client = visitor(owner.user)
    client.post(at(owner, "/invite"), {"emails": "ada@example.com", "role": DEVELOPER})
    path = at(owner, f"/{Invitation.objects.get().id}/link")
    assert f"{path}" in client.get(at(owner)).content.decode()
    assert "Create link" in text(client.get(path))
    shown = client.post(path)
    assert ("/invitation/" in shown.content.decode(), shown["Cache-Control"]) == (True, "no-store")
    assert visitor(stranger.user).post(path).status_code == 404
