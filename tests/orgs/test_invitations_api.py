"""The API of invitations into accounts and workspaces, and of answering them."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import OutgoingMail
from accounts.services.keys import create_key
from auditlog.actors import system
from orgs.models import Invitation, Membership
from orgs.services.members import add_member
from orgs.services.service_accounts import create_service_account
from rbac import builtin, permissions
from tests.cast import Api, Organization, Person, share
from tests.invited import into, invited, token_for
from workspaces.scoping import enter

TESTS = system("tests")
NEW, ZOE = "nora@example.com", "zoe@example.com"
ROLE = {name: str(id) for name, id in permissions.IDS.items()}


def _root(organization: Organization) -> str:
    return f"/api/accounts/{organization.account.id}/invitations"


def _in(workspace: Any) -> str:
    return f"/api/accounts/{workspace.account_id}/workspaces/{workspace.id}/invitations"


def _wanted(email: str, role: str = "Member") -> dict[str, str]:
    return {"email": email, "account_role_id": ROLE[role]}


def test_admin_invites_several_at_once(organization: Organization) -> None:
    answer = organization.admin.api.post(f"{_root(organization)}/", [_wanted(NEW), _wanted("Zoe@Example.com", "Admin")])
    assert answer.status_code == 201
    told = [(one["email"], one["account_id"], one["account_role_id"], one["status"]) for one in answer.json()]
    account = str(organization.account.id)
    assert told == [(NEW, account, ROLE["Member"], "PENDING"), (ZOE, account, ROLE["Admin"], "PENDING")]
    assert sorted(OutgoingMail.objects.values_list("recipient", flat=True)) == [NEW, ZOE]
    one = organization.member.api.get(f"{_root(organization)}/{answer.json()[0]['id']}")
    assert (one.status_code, one.json()) == (200, answer.json()[0])
    assert token_for(NEW) not in answer.content.decode()


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ([_wanted(NEW), _wanted("nobody")], 422),
        ([_wanted(NEW), _wanted(NEW, "Admin")], 422),
        ([_wanted(NEW), _wanted("mia@example.com")], 409),
        ([_wanted(NEW), {"email": ZOE, "account_role_id": str(uuid4())}], 422),
        ([_wanted(NEW), _wanted(ZOE, "Owner")], 403),
        ([_wanted(NEW), _wanted(ZOE, "Collaborator")], 422),
        ([_wanted(f"n{number}@example.com") for number in range(101)], 422),
        ([], 201),
        ([_wanted(NEW), {**_wanted(ZOE), "extra": 1}], 422),
        ([_wanted(NEW), _wanted("x" * 250 + "@example.com")], 422),
        ([_wanted("nora\u0000@example.com ")], 201),
    ],
)
def test_bad_input_invites_nobody(organization: Organization, wanted: list[Any], status: int) -> None:
    answer = organization.admin.api.post(f"{_root(organization)}/", wanted)
    assert answer.status_code == status
    assert Invitation.objects.count() == (len(answer.json()) if status == 201 else 0)


def test_member_reads_and_does_not_write(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    member, root = organization.member.api, _root(organization)
    assert member.post(f"{root}/", [_wanted(ZOE)]).status_code == 403
    assert member.post(f"{root}/{made.id}/revoke").status_code == 403
    assert [one["email"] for one in member.post(f"{root}/filter").json()] == [NEW]
    assert organization.admin.api.post(f"{root}/{made.id}/revoke").status_code == 204


def test_filter_and_count(organization: Organization) -> None:
    root, api = _root(organization), organization.admin.api
    first, second = (invited(organization.account, email, organization.owner) for email in (NEW, ZOE))
    Invitation.objects.filter(id=first.id).update(status="REVOKED")
    expiration = second.expires_at.isoformat()
    cases: list[tuple[Any, list[str]]] = [
        (None, [ZOE, NEW]),
        ({"invitations": None}, [ZOE, NEW]),
        ({"invitations": {"status": {"any_": None}}}, [ZOE, NEW]),
        ({"invitations": {"status": {"any_": []}}}, []),
        ({"invitations": {"status": {"any_": ["REVOKED"]}}}, [NEW]),
        ({"invitations": {"email": {"any_": ["Zoe@example.com"]}}}, [ZOE]),
        ({"invitations": {"email": {"like_": "NORA"}}}, [NEW]),
        ({"invitations": {"expiration": {"before_": "2020-01-01T00:00:00Z"}}}, []),
        ({"invitations": {"expiration": {"after_": expiration}}}, [ZOE]),
    ]
    for body, emails in cases:
        assert (body, [one["email"] for one in api.post(f"{root}/filter", body).json()]) == (body, emails)
        assert (body, api.post(f"{root}/count", body).json()) == (body, len(emails))
    assert [one["email"] for one in api.post(f"{root}/filter", {"limit": 1, "offset": 1}).json()] == [NEW]
    assert api.post(f"{root}/filter", {"limit": 201}).status_code == 422
    assert api.post(f"{root}/filter", {"invitations": {"status": {"any_": ["LOST"]}}}).status_code == 422


def test_revoking_twice_does_no_harm_and_an_answered_one_conflicts(organization: Organization) -> None:
    made, api = invited(organization.account, NEW, organization.owner), organization.admin.api
    path = f"{_root(organization)}/{made.id}/revoke"
    assert [api.post(path).status_code for _ in range(2)] == [204, 204]
    Invitation.objects.update(status="ACCEPTED")
    assert api.post(path).status_code == 409


def test_admin_does_not_revoke_the_invitation_of_an_owner(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner, permissions.OWNER)
    path = f"{_root(organization)}/{made.id}/revoke"
    assert organization.admin.api.post(path).status_code == 403
    assert organization.owner.api.post(path).status_code == 204


def test_invitations_of_other_accounts_do_not_exist(organization: Organization, owner: Person) -> None:
    place = into(owner.workspace, builtin.VIEWER)
    theirs = invited(owner.account, NEW, owner, permissions.COLLABORATOR, **place)
    for root in (_root(organization), _in(organization.workspace)):
        api = organization.admin.api
        answers = [api.get(f"{root}/{theirs.id}"), api.post(f"{root}/{theirs.id}/revoke"), api.get(f"{root}/{uuid4()}")]
        assert [(one.status_code, one.json()) for one in answers] == [(404, {"detail": "Invitation not found"})] * 3
        assert api.post(f"{root}/filter").json() == []
    assert owner.api.get(f"{_in(owner.workspace)}/{theirs.id}").status_code == 200


def test_owner_of_a_personal_workspace_invites_a_developer(owner: Person, stranger: Person) -> None:
    answer = owner.api.post(f"{_in(owner.workspace)}/", {"email": stranger.user.email})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["account_role_id"], told["workspace_role_id"]) == (
        ROLE["Collaborator"],
        str(builtin.IDS[builtin.DEVELOPER]),
    )
    body = {"workspace_invitations": {"status": {"any_": ["PENDING"]}}}
    assert owner.api.post(f"{_in(owner.workspace)}/filter", body).json() == [told]
    accepted = stranger.api.post(f"/api/invitations/{told['id']}/accept?invite_code={token_for(stranger.user.email)}")
    assert accepted.status_code == 204
    assert stranger.api.get(f"{stranger_root(owner)}/hello").status_code == 200
    assert stranger.api.post(f"{_in(owner.workspace)}/", {"email": NEW}).status_code == 403
    again = owner.api.post(f"{_in(owner.workspace)}/", {"email": stranger.user.email})
    assert again.status_code == 409


def stranger_root(owner: Person) -> str:
    return f"/api/accounts/{owner.account.id}/workspaces/{owner.workspace.id}"


def test_newcomers_to_an_organization_come_as_viewers_by_who_may_invite_there(organization: Organization) -> None:
    root = _in(organization.workspace)
    share(organization.workspace, organization.member.user, builtin.OWNER)
    refused = organization.member.api.post(f"{root}/", {"email": NEW})
    detail = "This needs the permission create:workspace_invitation in the account."
    assert (refused.status_code, refused.json()["detail"]) == (403, detail)
    made = organization.admin.api.post(f"{root}/", {"email": NEW})
    told = made.json()
    assert (made.status_code, told["account_role_id"], told["workspace_role_id"]) == (
        201,
        ROLE["Member"],
        str(builtin.IDS[builtin.VIEWER]),
    )
    assert organization.member.api.get(f"{root}/{told['id']}").status_code == 200
    assert organization.member.api.post(f"{root}/{told['id']}/revoke").status_code == 403
    assert organization.admin.api.post(f"{root}/{told['id']}/revoke").status_code == 204


def test_accepting_and_rejecting_by_code(organization: Organization, stranger: Person, owner: Person) -> None:
    email = stranger.user.email
    made = invited(organization.account, email, organization.owner)
    token = token_for(email)
    path = f"/api/invitations/{made.id}"
    bot, _, _ = create_service_account(organization.account, name="bot", role="Member", expires_at=None, actor=TESTS)
    _, bot_key = create_key(bot, name="k", expires_at=None, actor=TESTS)
    for what in ("accept", "reject"):
        assert Api(None).post(f"{path}/{what}?invite_code={token}").status_code == 401
        assert stranger.api.post(f"{path}/{what}").status_code == 422
        for wrong in (token[:-1], token + "x", made.digest, "%00", ""):
            assert stranger.api.post(f"{path}/{what}?invite_code={wrong}").status_code == 404
        assert stranger.api.post(f"/api/invitations/{uuid4()}/{what}?invite_code={token}").status_code == 404
        for api in (owner.api, Api(bot_key)):
            assert api.post(f"{path}/{what}?invite_code={token}").status_code == 403
    assert stranger.api.post(f"{path}/accept?invite_code={token}").status_code == 204
    assert Membership.objects.filter(account=organization.account, user=stranger.user).exists()
    for what in ("accept", "reject"):
        assert stranger.api.post(f"{path}/{what}?invite_code={token}").status_code == 409

    second = invited(organization.account, owner.user.email, organization.owner)
    code = token_for(owner.user.email)
    assert owner.api.post(f"/api/invitations/{second.id}/reject?invite_code={code}").status_code == 204
    second.refresh_from_db()
    assert second.status == "REJECTED"
    assert enter(owner.user, organization.workspace.id) is None


def test_member_is_invited_no_more(organization: Organization, stranger: Person) -> None:
    add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    answer = organization.admin.api.post(f"{_root(organization)}/", [_wanted(stranger.user.email)])
    assert (answer.status_code, answer.json()) == (
        409,
        {"detail": f"{stranger.user.email} is already a member of initech."},
    )


def test_invitation_of_a_removed_admin_answers_409_and_its_page_says_revoked(
    organization: Organization, stranger: Person
) -> None:
    made = invited(organization.account, stranger.user.email, organization.admin, "Admin")
    token = token_for(stranger.user.email)
    Membership.objects.get(account=organization.account, user=organization.admin.user).delete()
    answer = stranger.api.post(f"/api/invitations/{made.id}/accept?invite_code={token}")
    assert (answer.status_code, "may no longer invite" in answer.content.decode()) == (409, True)
    page = stranger.api.client.get(f"/invitation/{token}")
    assert (page.status_code, "This invitation was revoked" in page.content.decode()) == (410, True)
    assert not Membership.objects.filter(account=organization.account, user=stranger.user).exists()
