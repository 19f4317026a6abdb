"""Who reaches the files of exports, and what is recorded."""

from typing import Any

import pytest
from django.db import OperationalError

from auditlog.models import Entry
from core import downloads
from tests.cast import Organization, Person
from tests.visits import text, visitor
from tests.workspaces.audit_log.stage import requested
from workspaces.audit_log import export_pages
from workspaces.audit_log.export_writing import write_export


def test_only_owners_and_admins_of_the_account_reach_a_file(organization: Organization, stranger: Person) -> None:
    export = requested(organization)
    write_export(export.id)
    root = f"/account/{organization.account.id}/audit-log/exports"
    own = f"/account/{stranger.account.id}/audit-log/exports"
    for person, base, status in (
        (organization.owner, root, 200), (organization.admin, root, 200), (organization.member, root, 403),
        (stranger, root, 404), (stranger, own, 404),
    ):  # fmt: skip
        assert visitor(person.user).post(f"{base}/{export.id}/download").status_code == status
    assert visitor(stranger.user).post(f"{own}/{export.id}/delete").status_code == 404
    assert "audit-log-initech" not in text(visitor(stranger.user).get(own))
    entries = Entry.objects.filter(action="audit-log.downloaded", account_id=organization.account.id)
    assert set(entries.values_list("actor_id", flat=True)) == {organization.owner.user.id, organization.admin.user.id}


def test_file_that_is_not_ready_is_not_sent(organization: Organization) -> None:
    export = requested(organization)
    path = f"/account/{organization.account.id}/audit-log/exports/{export.id}/download"
    assert visitor(organization.admin.user).post(path).status_code == 409
    assert not downloads.running


def test_download_that_cannot_be_recorded_frees_its_place(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    export = requested(organization)
    write_export(export.id)
    monkeypatch.setattr(export_pages, "record_download", away)
    client = visitor(organization.admin.user)
    client.raise_request_exception = False
    path = f"/account/{organization.account.id}/audit-log/exports/{export.id}/download"
    assert client.post(path).status_code == 500
    assert not downloads.running


def test_downloads_are_counted(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    export = requested(organization)
    write_export(export.id)
    monkeypatch.setattr(downloads, "MOST", 0)
    path = f"/account/{organization.account.id}/audit-log/exports/{export.id}/download"
    answer = visitor(organization.admin.user).post(path, follow=True)
    assert "Too many downloads" in text(answer)
    assert not Entry.objects.filter(action="audit-log.downloaded").exists()


def test_request_is_recorded_with_its_filter(organization: Organization) -> None:
    path = f"/account/{organization.account.id}/audit-log/exports/create?group=team&page=7"
    visitor(organization.admin.user).post(path, {"format": "csv"})
    entry = Entry.objects.get(action="audit-log.exported")
    assert (entry.actor_id, entry.detail["filter"]) == (organization.admin.user.id, "group=team")
