"""Two admins who do the same in the same moment: nothing is there twice, at worst one of them reads 409."""

from functools import partial

import pytest

from auditlog.actors import system
from orgs.models import ServiceAccount, Team
from orgs.services.organizations import found_organization
from tests.at_once import at_once
from tests.cast import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frida() -> Person:
    return make_person("frida")


@pytest.fixture
def base(frida: Person) -> str:
    account = found_organization(name="Initech", handle="initech", founder=frida.user, actor=system("tests"))
    return f"/api/accounts/{account.id}"


def test_of_two_rotations_one_key_stays_active(frida: Person, base: str) -> None:
    made = frida.api.post(f"{base}/bots/", {"name": "robot"}).json()
    path, body = f"{base}/bots/{made['id']}/rotate_api_key", {"old_key_expires_in_seconds": 600}
    answers = at_once(*[lambda: frida.api.post(path, body)] * 3)
    assert [answer.status_code for answer in answers] == [201] * 3
    keys = ServiceAccount.objects.get().api_keys
    assert (keys.filter(replaced_at=None).count(), keys.count()) == (1, 4)


@pytest.mark.parametrize(("noun", "rows"), [("bots", ServiceAccount), ("teams", Team)])
def test_of_two_with_one_name_one_is_made(
    frida: Person, base: str, noun: str, rows: type[ServiceAccount] | type[Team]
) -> None:
    before = rows.objects.count()
    answers = at_once(*[lambda: frida.api.post(f"{base}/{noun}/", {"name": "same"})] * 3)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert rows.objects.count() == before + 1


def test_a_service_account_is_deleted_once_and_joins_no_team_afterwards(frida: Person, base: str) -> None:
    made = frida.api.post(f"{base}/bots/", {"name": "robot"}).json()
    team = frida.api.post(f"{base}/teams/", {"name": "machines"}).json()
    members = {"members": [{"member_id": made["id"], "member_type": "service_account"}]}
    deleted, again, joined = at_once(
        lambda: frida.api.delete(f"{base}/bots/{made['id']}"),
        lambda: frida.api.delete(f"{base}/bots/{made['id']}"),
        lambda: frida.api.put(f"{base}/teams/{team['id']}/members", members),
    )
    assert 204 in (deleted.status_code, again.status_code)
    assert {deleted.status_code, again.status_code} <= {204, 404, 409}
    assert joined.status_code in (200, 409, 422)
    assert frida.api.get(f"{base}/teams/{team['id']}").json()["memberships"] == []


def test_two_lists_of_networks_end_as_one_of_them(frida: Person, base: str) -> None:
    wanted = [["127.0.0.1/32", "10.0.0.0/8"], ["127.0.0.1/32", "11.0.0.0/8"]]
    bodies = [{"entries": [{"ip_network": one, "enabled": True} for one in lines]} for lines in wanted]
    answers = at_once(*[partial(frida.api.put, f"{base}/ip_allowlist", body) for body in bodies])
    assert [answer.status_code for answer in answers] == [204, 204]
    kept = [one["ip_network"] for one in frida.api.get(f"{base}/ip_allowlist").json()["entries"]]
    assert kept in wanted
