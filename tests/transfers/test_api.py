"""The API of transfers, and what old addresses answer afterwards: over HTTP, websockets and pages."""

from typing import Any

import pytest

from accounts.models import Account
from auditlog.actors import system
from orgs.services.members import add_member
from orgs.services.roles import create_role
from rbac import builtin, permissions
from tests.cast import Organization, Person, api_root, make_colleague, share
from tests.visits import visitor
from transfers.models import Transfer
from transfers.services.execution import carry_out
from workspaces.models import FormerAddress, Workspace
from workspaces.websockets.access_watcher import Claim, ended_claims
from workspaces.websockets.authentication import Door, _identify

NOT_FOUND = (404, {"detail": "Not Found"})


def api_of(account: Account) -> str:
    return f"/api/accounts/{account.id}/transfers"


def status_of(answer: Any) -> Any:
    return answer.status_code, answer.json() if answer.content else None


class _Socket:
    """What `_identify` reads of a socket."""

    address, user_agent = "127.0.0.1", "tests"


def test_transfer_over_the_api(organization: Organization, stranger: Person, owner: Person) -> None:
    workspace, admin = organization.workspace, organization.admin
    add_member(stranger.account, user=organization.member.user, role=permissions.COLLABORATOR, actor=system("tests"))
    share(workspace, organization.member.user, builtin.DEVELOPER)
    own_role = create_role(organization.account, name="Own", scopes=["see_flows"], actor=system("tests"))
    colleague = make_colleague(organization.account, "cleo")
    share(workspace, colleague.user, "Own")
    body = {"workspace_id": str(workspace.id), "to_account_handle": "boris", "new_handle": "moved"}
    here, there = api_of(organization.account), api_of(stranger.account)

    preview = admin.api.post(f"{here}/preview", body).json()
    assert [part["name"] for part in preview["parts"] if part["effects"]] == ["access"]
    assert {effect["outcome"] for effect in preview["parts"][0]["effects"]} == {"depends"}
    assert preview["roles"] == [{"id": str(own_role.id), "name": "Own", "to": None, "to_name": ""}]
    assert not Transfer.objects.exists()
    assert organization.member.api.post(f"{here}/preview", body).status_code == 403
    for wrong in (
        body | {"to_account_handle": "nobody"},
        body | {"grace_seconds": -1},
        body | {"roles": {str(own_role.id): str(own_role.id)}},
        body | {"roles": {str(builtin.IDS["Viewer"]): None}},
    ):
        assert admin.api.post(f"{here}/", wrong).status_code == 422
    assert status_of(admin.api.post(f"{here}/", body | {"workspace_id": str(stranger.workspace.id)})) == NOT_FOUND
    assert admin.api.post(f"{here}/", body | {"preview_hash": "old"}).status_code == 409
    created = admin.api.post(f"{here}/", body | {"preview_hash": preview["hash"]})
    assert (created.status_code, created.json()["status"]) == (201, "WAITING")
    assert admin.api.post(f"{here}/", body).status_code == 409
    id = created.json()["id"]

    # Everybody else finds nothing, and each side only its own answers.
    for path in ("", "/approve", "/decline", "/cancel", "/undo"):
        call = owner.api.get if path == "" else owner.api.post
        for account in (owner.account, stranger.account, organization.account):
            assert status_of(call(f"{api_of(account)}/{id}{path}")) == NOT_FOUND
    for answer in ("approve", "decline"):
        assert (
            status_of(admin.api.post(f"{here}/{id}/{answer}", {"preview_hash": "x"} if answer == "approve" else {}))
            == NOT_FOUND
        )
    assert status_of(stranger.api.post(f"{there}/{id}/cancel")) == NOT_FOUND
    assert [row["id"] for row in stranger.api.post(f"{there}/filter", {"direction": "incoming"}).json()] == [id]
    assert stranger.api.post(f"{there}/filter", {"direction": "outgoing"}).json() == []
    only = {"transfers": {"status": {"any_": ["DECLINED"]}}}
    assert (
        admin.api.post(f"{here}/filter", only).json(),
        owner.api.post(f"{api_of(owner.account)}/filter").json(),
    ) == ([], [])

    seen = stranger.api.get(f"{there}/{id}").json()["preview"]
    outcomes = {effect["name"]: effect["outcome"] for effect in seen["parts"][0]["effects"]}
    assert (outcomes["Mia Example"], outcomes["Cleo Example"], outcomes["Boris Example"]) == ("keeps", "loses", "gains")
    assert stranger.api.post(f"{there}/{id}/approve", {"preview_hash": "old"}).status_code == 409
    assert stranger.api.post(f"{there}/{id}/approve", {"preview_hash": seen["hash"]}).status_code == 204
    assert stranger.api.post(f"{there}/{id}/approve", {"preview_hash": seen["hash"]}).status_code == 409
    carry_out(created.json()["id"])
    assert admin.api.get(f"{here}/{id}").json()["status"] == "COMPLETED"

    _check_old_addresses(workspace, organization, stranger)
    assert status_of(admin.api.post(f"{here}/{id}/undo"))[0] == 403  # no owner
    assert organization.owner.api.post(f"{here}/{id}/undo").status_code == 204
    assert organization.owner.api.post(f"{here}/{id}/undo").status_code == 409
    assert organization.owner.api.get(api_root(workspace)).status_code == 200
    assert status_of(stranger.api.get(api_root(workspace))) == NOT_FOUND


def _check_old_addresses(workspace: Workspace, organization: Organization, stranger: Person) -> None:
    """The old owner reaches nothing; whoever keeps access is served at the old address while the grace lasts."""
    old_root = api_root(workspace)
    new_root = api_root(Workspace.objects.get(id=workspace.id))
    calls = ("/flow_runs/filter", "/logs/filter", "/deployments/filter", "/variables/filter")
    pages = f"/account/{organization.account.id}/workspace/{workspace.id}/"
    for old in (organization.owner, organization.admin):
        for root in (old_root, new_root):
            assert {status_of(old.api.post(f"{root}{call}")) == NOT_FOUND for call in calls} == {True}
            assert status_of(old.api.get(root)) == NOT_FOUND
        socket: Any = _Socket()
        for account in (organization.account.id, stranger.account.id):
            assert _identify(socket, old.key_value, account, workspace.id, Door("see_events")) == "Not Found"
        claim = Claim(old.key.id, old.user.id, workspace.id, organization.account.id, "see_events", "127.0.0.1")
        assert ended_claims([claim]) == [claim]  # an open socket is closed
        browser = visitor(old.user)
        for address in (pages, f"{pages}runs", "/@initech/shared", "/@boris/moved"):
            assert browser.get(address).status_code == 404
    member = organization.member
    assert {member.api.post(f"{root}{call}").status_code for root in (old_root, new_root) for call in calls} == {200}
    caller = _identify(socket, member.key_value, organization.account.id, workspace.id, Door("see_events"))
    assert not isinstance(caller, str)
    claim = Claim(member.key.id, member.user.id, workspace.id, organization.account.id, "see_events", "127.0.0.1")
    assert ended_claims([claim]) == []
    # The networks of the new owner count for sockets that were opened before.
    Account.objects.filter(id=stranger.account.id).update(enforced_networks=["10.0.0.0/8"])
    assert ended_claims([claim]) == [claim]
    Account.objects.filter(id=stranger.account.id).update(enforced_networks=[])
    browser = visitor(member.user)
    moved = pages.replace(str(organization.account.id), str(stranger.account.id))
    answer = browser.get(f"{pages}runs?state=failed")
    assert (answer.status_code, answer["Location"]) == (302, f"{moved}runs?state=failed")
    assert browser.post(f"{pages}variables/create", {"name": "x"}).status_code == 307
    assert browser.get("/@initech/shared/runs")["Location"] == f"{moved}runs"
    FormerAddress.objects.update(served_until=None)
    assert {status_of(member.api.post(f"{old_root}{call}")) == NOT_FOUND for call in calls} == {True}
    assert _identify(socket, member.key_value, organization.account.id, workspace.id, Door("see_events")) == "Not Found"
    assert browser.get(f"{pages}runs").status_code == 302


def test_clouds_operations(organization: Organization, stranger: Person) -> None:
    workspace, admin = organization.workspace, organization.admin
    root = api_root(workspace)
    taken = {"to_account_id": str(admin.account.id), "new_handle": "home"}
    answer = admin.api.post(f"{root}/validate_transfer", taken)
    assert (answer.status_code, list(answer.json())) == (200, ["handle"])
    assert admin.api.post(f"{root}/transfer", taken).status_code == 409
    fine = {"to_account_id": str(admin.account.id), "new_handle": "shared"}
    assert admin.api.post(f"{root}/validate_transfer", fine).json() == {}
    for foreign in (stranger.account.id, stranger.workspace.id):
        assert admin.api.post(f"{root}/validate_transfer", {"to_account_id": str(foreign)}).status_code == 422
    share(workspace, organization.member.user, builtin.OWNER)
    assert organization.member.api.post(f"{root}/transfer", fine).status_code == 403
    assert status_of(stranger.api.post(f"{root}/transfer", fine)) == NOT_FOUND
    assert admin.api.post(f"{root}/transfer", fine).status_code == 204
    carry_out(Transfer.objects.get().id)
    assert Workspace.objects.get(id=workspace.id).account == admin.account


def test_refused_sources_over_the_api(organization: Organization, stranger: Person) -> None:
    here, there = api_of(organization.account), api_of(stranger.account)
    body = {"workspace_id": str(organization.workspace.id), "to_account_handle": "boris"}
    id = organization.admin.api.post(f"{here}/", body).json()["id"]
    assert stranger.api.post(f"{there}/{id}/decline", {"refuse_more": True}).status_code == 204
    preview = organization.admin.api.post(f"{here}/preview", body).json()
    assert [problem["category"] for problem in preview["problems"]] == ["target"]
    assert organization.admin.api.post(f"{here}/", body).status_code == 409
    source = str(organization.account.id)
    assert [row["id"] for row in stranger.api.get(f"{there}/refused_sources").json()] == [source]
    assert stranger.api.delete(f"{there}/refused_sources/{source}").status_code == 204
    assert status_of(stranger.api.delete(f"{there}/refused_sources/{source}")) == NOT_FOUND
    second = organization.admin.api.post(f"{here}/", body).json()["id"]
    assert organization.admin.api.post(f"{here}/{second}/cancel").status_code == 204


@pytest.mark.one_database(reason="the HTML of pages")
def test_pages_of_a_transfer(organization: Organization, stranger: Person) -> None:
    workspace = organization.workspace
    browser, other = visitor(organization.owner.user), visitor(stranger.user)
    address = f"/account/{organization.account.id}/workspace/{workspace.id}/settings/transfer"
    here, there = (f"/account/{account.id}/transfers" for account in (organization.account, stranger.account))
    shown = browser.get(address, {"to": "boris", "handle": "moved", "keep": "86400"})
    hash = shown.context["preview"]["hash"]
    assert "Send request" in shown.content.decode()
    assert browser.get(address, {"to": "nobody", "handle": "moved", "keep": "0"}).status_code == 422
    form = {"to": "boris", "handle": "moved", "keep": "86400", "preview_hash": hash}
    assert browser.post(address, form | {"typed": "wrong"}).status_code == 422
    assert not Transfer.objects.exists()
    answer = browser.post(address, form | {"typed": "boris/moved"})
    transfer = Transfer.objects.get()
    assert answer["Location"] == f"{here}/{transfer.id}"
    assert browser.get(address)["Location"] == f"{here}/{transfer.id}"
    assert "Cancel transfer" in browser.get(f"{here}/{transfer.id}").content.decode()
    page = other.get(f"{there}/{transfer.id}")
    assert "Approve transfer" in page.content.decode()
    assert ["Transfers that wait" in each.get("/my/invitations").content.decode() for each in (other, browser)] == [
        True,
        False,
    ]
    assert "moved" in other.get(there).content.decode()
    assert other.get(f"{here}/{transfer.id}").status_code == 404
    assert browser.post(f"{here}/{transfer.id}/approve", {"preview_hash": hash}).status_code == 404
    other.post(f"{there}/{transfer.id}/approve", {"preview_hash": "old"})
    assert Transfer.objects.get().status == "WAITING"
    other.post(f"{there}/{transfer.id}/approve", {"preview_hash": page.context["preview"]["hash"]})
    assert "data-poll" in other.get(f"{there}/{transfer.id}").content.decode()
    carry_out(transfer.id)
    progress = other.get(f"{there}/{transfer.id}", headers={"X-Poll": "1"})
    assert (progress.status_code, "prefect cloud workspace set" in progress.content.decode()) == (286, True)
    assert "prefect cloud" not in browser.get(f"{here}/{transfer.id}").content.decode()
    assert browser.get(f"{here}/{transfer.id}/undo").status_code == 200
    browser.post(f"{here}/{transfer.id}/undo")
    assert Workspace.objects.get(id=workspace.id).account == organization.account
    assert browser.get(f"{here}/{transfer.id}/undo").status_code == 404
    own = create_role(organization.account, name="Own", scopes=[*builtin.SCOPES["Viewer"]], actor=system("tests"))
    share(workspace, organization.member.user, "Own")
    choice = browser.get(address, {"to": "boris", "handle": "moved", "keep": "86400"}).context["form"][f"role_{own.id}"]
    assert choice.value() == str(builtin.IDS["Viewer"])  # as in the preview, and not the first role
