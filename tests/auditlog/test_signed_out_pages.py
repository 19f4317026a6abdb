"""The pages of `signed_out.py` leave entries of the person whom they concern and of the request, or change nothing."""

from collections.abc import Callable

import pytest

from auditlog.models import Entry
from tests.auditlog import page_operations
from tests.auditlog.signed_out import VISITS, Visit
from tests.auditlog.test_every_operation import ADDRESS, AGENT, SENT, all_rows, refuse_entries
from tests.cast import Organization
from tests.proofs import user_of

Prepare = Callable[[Organization], Visit]


def test_pages_without_a_line_elsewhere_are_here() -> None:
    listed = {route for route, change in page_operations.OTHER.items() if change == page_operations.SIGNED_OUT}
    assert listed == set(VISITS)


@pytest.mark.parametrize("prepare", VISITS.values(), ids=VISITS)
def test_page_leaves_entries_of_its_person_and_request(prepare: Prepare, organization: Organization) -> None:
    visit = prepare(organization)
    before = set(Entry.objects.values_list("id", flat=True))
    answer = visit.client.post(visit.path, visit.form, **SENT)
    entries = Entry.objects.exclude(id__in=before)
    assert (answer.status_code, sorted({entry.action for entry in entries})) == (302, sorted(visit.actions.split()))
    told = {(entry.actor_id, str(entry.request_id), entry.address, entry.user_agent) for entry in entries}
    assert told == {(user_of(visit.email).id, answer["X-Request-ID"], ADDRESS, AGENT)}


@pytest.mark.parametrize("prepare", VISITS.values(), ids=VISITS)
def test_page_changes_nothing_without_its_entry(
    prepare: Prepare, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = prepare(organization)
    visit.client.raise_request_exception = False
    refuse_entries(monkeypatch)
    before = all_rows()
    answer = visit.client.post(visit.path, visit.form, **SENT)
    changed = {table for table, rows in all_rows().items() if rows != before[table]}
    assert (answer.status_code, changed) == (500, set())
