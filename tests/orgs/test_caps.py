"""How many of something an account can keep: one more is refused, also when several come at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from accounts.services.keys import create_key
from auditlog.actors import system
from core.caps import LimitReached
from orgs.models import Invitation, Membership, ServiceAccount, Team
from orgs.services.members import add_member
from orgs.services.organizations import create_organization
from orgs.services.teams import create_team
from rbac import permissions
from rbac.models import WorkspaceRole
from tests.at_once import at_once
from tests.cast import Organization, Person, make_person
from tests.visits import visitor
from workspaces.directory.services import create_workspace
from workspaces.flows.services import get_or_create_flow
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def cap(settings: Any, **numbers: int) -> None:
    settings.CAPS = {**settings.CAPS, **numbers}


def _invited(number: int) -> list[dict[str, str]]:
    return [{"email": f"guest{number}@example.com", "account_role_id": str(permissions.IDS[permissions.MEMBER])}]


# The cap, what is posted below the account for one more, and which rows count.
IN_AN_ACCOUNT: list[tuple[str, str, Callable[[int], Any], Callable[[Account], Any]]] = [
    ("workspaces", "workspaces/", lambda n: {"name": f"W{n}", "handle": f"w{n}"}, Workspace.objects.filter),
    ("teams", "teams", lambda n: {"name": f"T{n}"}, partial(Team.objects.filter, everyone=False)),
    ("service_accounts", "bots/", lambda n: {"name": f"B{n}"}, ServiceAccount.objects.filter),
    ("roles", "workspace_roles/", lambda n: {"name": f"R{n}", "scopes": ["see_flows"]}, WorkspaceRole.objects.filter),
    ("pending_invitations", "invitations/", _invited, Invitation.objects.filter),
]


@pytest.mark.parametrize(("name", "path", "body", "rows"), IN_AN_ACCOUNT, ids=[one[0] for one in IN_AN_ACCOUNT])
def test_one_more_than_an_account_can_have_is_refused(
    organization: Organization,
    settings: Any,
    name: str,
    path: str,
    body: Callable[[int], Any],
    rows: Callable[..., Any],
) -> None:
    api, account = organization.owner.api, organization.account
    mine = rows(**{"home_account" if name == "service_accounts" else "account": account})
    present = mine.count()
    cap(settings, **{name: present + 2})
    answers = [api.post(f"/api/accounts/{account.id}/{path}", body(n)) for n in range(3)]
    assert [answer.status_code < 300 for answer in answers] == [True, True, False]
    assert answers[-1].status_code == 422
    assert f"at most {present + 2}" in answers[-1].json()["detail"].lower()
    assert mine.count() == present + 2
    cap(settings, **{name: 0})
    assert api.post(f"/api/accounts/{account.id}/{path}", body(4)).status_code < 300


def test_members_and_service_accounts_are_counted_apart(organization: Organization, settings: Any) -> None:
    cap(settings, members=3)
    assert (
        organization.owner.api.post(f"/api/accounts/{organization.account.id}/bots/", {"name": "B"}).status_code == 201
    )
    with pytest.raises(ValidationError, match="at most 3 members"):
        add_member(organization.account, user=make_person("late").user, role=permissions.MEMBER, actor=system("tests"))
    assert Membership.objects.filter(account=organization.account).count() == 4


def test_keys_of_one_person_are_capped_in_the_api_and_on_the_pages(owner: Person, settings: Any) -> None:
    cap(settings, keys=2)
    path = f"/api/users/{owner.user.id}/api_keys"
    assert owner.api.post(path, {"name": "two"}).status_code == 201
    refused = owner.api.post(path, {"name": "three"})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("A person or service account can have at most 2 API keys.")
    browser = visitor(owner.user)
    page = browser.post("/my/api-keys/create", {"name": "three", "expiry": "30"})
    assert (page.status_code, b"at most 2 API keys" in page.content) == (422, True)
    page = browser.post("/auth/client/authorize", {"callback": "http://localhost:4200"})
    assert (page.status_code, b"at most 2 API keys" in page.content) == (422, True)
    assert owner.user.api_keys.count() == 2


def test_one_person_owns_so_many_organizations(owner: Person, settings: Any) -> None:
    cap(settings, organizations=1)
    assert owner.api.post("/api/accounts/", {"name": "One", "handle": "one"}).status_code == 201
    refused = owner.api.post("/api/accounts/", {"name": "Two", "handle": "two"})
    assert (refused.status_code, refused.json()) == (422, {"detail": "One person can own at most 1 organizations."})


def test_nobody_collects_handles(organization: Organization, settings: Any) -> None:
    cap(settings, former_handles=1)
    path = f"/api/accounts/{organization.account.id}"
    answers = [organization.owner.api.patch(path, {"handle": handle}) for handle in ("two", "three", "initech")]
    assert [answer.status_code for answer in answers] == [204, 422, 204]


def test_a_workspace_has_so_many_flows_and_a_run_so_many_inputs(owner: Person, settings: Any) -> None:
    cap(settings, flows=1, flow_run_inputs=1)
    names = ["etl", "etl", "other"]
    answers = [owner.api.post(f"{owner.workspace_api}/flows/", {"name": name}) for name in names]
    assert [answer.status_code for answer in answers] == [201, 200, 422]
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": answers[0].json()["id"]}).json()
    path = f"{owner.workspace_api}/flow_runs/{run['id']}/input"
    answers = [owner.api.post(path, {"key": key, "value": "1"}) for key in ("a", "b")]
    assert [answer.status_code for answer in answers] == [201, 422]
    assert answers[1].json() == {"detail": "A flow run can have at most 1 inputs."}


def test_labels_of_a_run_do_not_grow_without_end(owner: Person) -> None:
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"]}).json()
    path = f"{owner.workspace_api}/flow_runs/{run['id']}/labels"
    answers = [owner.api.patch(path, {f"key-{n}": "x" * 200_000}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 422]


def test_a_page_says_it_above_the_form(owner: Person, settings: Any) -> None:
    cap(settings, workspaces=1)
    form = {"owner": str(owner.account.id), "name": "Second", "handle": "second", "default_role": ""}
    page = visitor(owner.user).post("/workspaces/create", form)
    assert (page.status_code, b"An account can have at most 1 workspaces." in page.content) == (422, True)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_do_not_get_past_a_cap(owner: Person, settings: Any) -> None:
    actor, account = owner.user.as_actor(), owner.account
    cap(settings, workspaces=2, keys=2, organizations=1, flows=1, teams=1)

    def refused(work: Callable[[str], Any]) -> int:
        results = at_once(*[partial(work, f"n{number}") for number in range(4)])
        assert {type(one) for one in results if isinstance(one, Exception)} == {LimitReached}
        return sum(isinstance(one, Exception) for one in results)

    assert refused(lambda n: create_workspace(account, name=n, handle=n, actor=actor)) == 3
    assert refused(lambda n: create_key(owner.user, name=n, expires_at=None, actor=actor)) == 3
    assert refused(lambda n: create_organization(name=n, handle=n, founder=owner.user, actor=actor)) == 3
    assert refused(lambda n: create_team(account, name=n, actor=actor)) == 3
    assert refused(lambda n: get_or_create_flow(owner.workspace, name=n, tags=[], labels={}, actor=actor)) == 3
