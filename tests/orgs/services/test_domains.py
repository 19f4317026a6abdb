"""An account's mail domains: in the order given, each once."""

import pytest
from django.core.exceptions import ValidationError

from auditlog.actors import system
from auditlog.models import Entry
from orgs.services.domains import MOST_DOMAINS, domains_of, set_domains
from tests.cast import Organization

BY = system("tests")


def test_order_is_kept_and_those_who_stay_keep_their_id(organization: Organization) -> None:
    account = organization.account
    set_domains(account, ["b.example", "a.example"], actor=BY)
    first = {one.name: one.id for one in domains_of(account)}
    set_domains(account, ["c.example", "b.example"], actor=BY)
    now = domains_of(account)
    assert [one.name for one in now] == ["c.example", "b.example"]
    assert now[1].id == first["b.example"]


def test_same_list_again_leaves_no_entry(organization: Organization) -> None:
    for _ in range(2):
        set_domains(organization.account, ["a.example"], actor=BY)
    entry = Entry.objects.get(action="account-domains.updated")
    assert entry.detail["changes"] == {"domain_names": {"from": [], "to": ["a.example"]}}


@pytest.mark.parametrize(
    "names",
    [["a.example", "A.example"], ["no domain"], [""], [f"d{number}.example" for number in range(MOST_DOMAINS + 1)]],
)
def test_bad_list_changes_nothing(organization: Organization, names: list[str]) -> None:
    set_domains(organization.account, ["kept.example"], actor=BY)
    with pytest.raises(ValidationError):
        set_domains(organization.account, names, actor=BY)
    assert [one.name for one in domains_of(organization.account)] == ["kept.example"]
