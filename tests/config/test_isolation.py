"""`manage.py prove_isolation` passes on this code, and names a leak that is planted into it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from config.isolation.building import empty_tables
from config.isolation.doors import Door, find_doors
from config.isolation.proof import Proof, as_web_process, without_limits
from config.isolation.report import keep
from config.isolation.run import QUICK_ROLES, summary
from config.isolation.side import OWNER
from config.models import IsolationReport
from core.db import tenants
from core.errors import NotFound
from orgs.models import Team
from orgs.team_rows import teams_of
from tests.visits import text, visitor
from workspaces.variables.models import Variable

VARIABLE = "GET /api/accounts/<account_id>/workspaces/<workspace_id>/variables/<id>"
CHANGED = "PATCH /api/accounts/<account_id>/workspaces/<workspace_id>/variables/<id>"
TEAM = "GET /api/accounts/<account_id>/teams/<id>"
ROOT = Path(__file__).parents[2]
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security")


def door(name: str) -> Door:
    return next(door for door in find_doors() if door.name == name)


def any_variable(workspace: Any, **which: Any) -> Variable:
    variable = Variable.objects.filter(**which).first()
    if variable is None:
        raise NotFound
    return variable


def any_team(view: Any, id: UUID) -> Team:
    team = Team.objects.filter(id=id).first()
    if team is None:
        raise NotFound
    return teams_of(team.account).get(id=id)


@contextmanager
def planted_leak() -> Iterator[None]:
    """Look up variables and teams by their id alone."""
    with patch("workspaces.variables.api.find_variable", any_variable), patch("orgs.api.teams._get_team", any_team):
        yield


@contextmanager
def web_process(*, wall: bool) -> Iterator[None]:
    reaching_all = nullcontext() if wall else patch.object(tenants, "reached", lambda: tenants.ALL)
    with as_web_process(), reaching_all:
        yield


def tried(name: str, *, wall: bool) -> dict[str, Any]:
    """The report about one door."""
    with without_limits():
        proof = Proof()
        assert [table for table in empty_tables(proof.theirs) if not table.startswith("shelf_")] == []
        with web_process(wall=wall):
            proof.walk([door(name)], QUICK_ROLES)
            assert proof.exchange.all_changes() == []
    return summary(proof, [door(name)], 0)


@pytest.mark.parametrize(
    ("name", "found"), [(VARIABLE, "leak: zq"), (CHANGED, "changed: auditlog_entry"), (TEAM, "leak: zq")]
)
def test_leak_is_named(db: None, name: str, found: str) -> None:
    report = tried(name, wall=False)
    assert (report["problems"], report["leaks"]) == ([], 0)
    with planted_leak():
        report = tried(name, wall=False)
    assert report["leaks"] >= 1
    assert report["problems"][0].startswith(f"{name} as {OWNER}, path: id: {found}")
    assert report["verdicts"][name][OWNER] == found.partition(":")[0]


@on_postgresql
def test_row_level_security_stops_a_leak_where_it_applies(db: None) -> None:
    """The tables that decide who may enter have no policy, so there the leak is still found."""
    with planted_leak():
        for name, leaks in ((VARIABLE, 0), (CHANGED, 0), (TEAM, 2)):
            assert (name, tried(name, wall=True)["leaks"]) == (name, leaks)


@on_postgresql
def test_filters_are_switched_off_one_by_one(db: None) -> None:
    """With the policies nothing comes through. Without them, the same mistakes are found: the check can fail."""
    for wall in (True, False):
        with without_limits():
            proof = Proof()
            with web_process(wall=wall):
                proof.switch_off([door(VARIABLE), door(CHANGED), door(TEAM)])
        results = proof.results
        assert results.switched_off > 2
        assert results.let_through_without_wall == 2
        assert (results.without_policy, results.let_through_without_policy) == (2, 1)  # of the team, twice
        assert len(results.let_through) == (0 if wall else 2)


@pytest.mark.postgresql_in_ci(reason="SQLite has no row-level security")
@pytest.mark.django_db(transaction=True)
def test_command_proves_a_slice_and_signs_its_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setitem(connection.settings_dict, "ROLE", "")  # that of the tests may not create databases
    file, output = tmp_path / "report.json", StringIO()
    try:
        call_command("prove_isolation", quick=True, report=file, stdout=output)
    except CommandError:
        pytest.fail(output.getvalue())
    report = json.loads(file.read_text())["report"]
    assert (report["problems"], report["leaks"], report["roles"]) == ([], 0, [*QUICK_ROLES])
    assert report["wall"] == (connection.vendor == "postgresql")
    assert report["operations"] > 30 and report["pages"] > 25 and report["websockets"] == 4
    assert "Leaks: 0. No tenant reached another's data." in output.getvalue()
    assert IsolationReport.objects.get().passed
    call_command("prove_isolation", verify=file, stdout=output)
    file.write_text(file.read_text().replace('"leaks": 0', '"leaks": 1'))
    with pytest.raises(CommandError, match="was changed"):
        call_command("prove_isolation", verify=file)


def test_start_page_of_the_admin_shows_the_last_proof(operator: User) -> None:
    page = text(visitor(operator).get("/admin/"))
    assert "Isolation Not proven yet." in page
    counts = {"operations": 174, "pages": 166, "requests": 9, "switched_off": 309, "wall": True, "quick": False}
    keep({**counts, "leaks": 0, "problems": []})
    page = text(visitor(operator).get("/admin/"))
    assert "174 operations and 166 pages, 309 filters switched off, 0 leaks." in page
    assert "The last proof failed." not in page
    keep({**counts, "leaks": 1, "problems": ["one"]})
    assert "The last proof failed." in text(visitor(operator).get("/admin/"))
    assert IsolationReport.objects.get().finished_at <= timezone.now()
