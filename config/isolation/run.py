"""Run the whole proof in this process, against the database of the settings. It must hold nothing of value."""

import logging
import time
from typing import Any

from django.db import connection
from django.utils import timezone

from config.installation_state import versions
from config.isolation.building import empty_tables
from config.isolation.doors import Door, find_doors
from config.isolation.proof import Proof, as_web_process, without_limits
from config.isolation.side import OWNER
from config.isolation.sockets import try_sockets
from rbac import builtin

_QUICK_STEP = 6
QUICK_ROLES = (OWNER, f"workspace {builtin.VIEWER}")


def run(roles: list[str] | None = None, *, quick: bool = False) -> dict[str, Any]:
    """Return the report. `quick` tries a sixth of the doors as two roles, and the fields of pages together."""
    began, clock = timezone.now(), time.monotonic()
    logging.disable(logging.CRITICAL)  # what is tried fails on purpose
    try:
        with without_limits():
            proof = Proof()
            roles = roles or ([*QUICK_ROLES] if quick else [*proof.ours.callers])
            proof.results.problems += [f"No row to find in {table}" for table in empty_tables(proof.theirs)]
            doors = find_doors()[:: _QUICK_STEP if quick else 1]
            with as_web_process() as wall:
                sockets = _try_all(proof, doors, roles, wall=wall, quick=quick)
    finally:
        logging.disable(logging.NOTSET)
    about = {"began": began.isoformat(), "seconds": round(time.monotonic() - clock, 1), "versions": versions()}
    return about | {"quick": quick, "roles": roles, "wall": wall} | summary(proof, doors, sockets)


def _try_all(proof: Proof, doors: list[Door], roles: list[str], *, wall: bool, quick: bool) -> int:
    if connection.vendor == "postgresql" and not wall:
        proof.results.problems.append("Row-level security is not in force for web processes.")
    proof.walk(doors, roles, every_field=not quick)
    if wall:
        proof.switch_off(doors)
    sockets = try_sockets(proof, roles)
    proof.results.problems += [f"Rows have changed in {table}" for table in proof.exchange.all_changes()]
    return sockets


def summary(proof: Proof, doors: list[Door], sockets: int) -> dict[str, Any]:
    """Return the part of the report that says what was tried and found."""
    results = proof.results
    without = [door.name for door in doors if door.name not in results.verdicts]
    problems = [*results.problems, *results.let_through, *(f"No verdict: {name}" for name in without)]
    return {
        "operations": sum(door.is_operation for door in doors),
        "pages": len({door.route for door in doors if not door.is_operation}),
        "websockets": sockets,
        "requests": proof.exchange.requests,
        "switched_off": results.switched_off,
        "let_through_without_wall": results.let_through_without_wall,
        "without_policy": results.without_policy,
        "let_through_without_policy": results.let_through_without_policy,
        "leaks": len(results.problems) + len(results.let_through),
        "problems": problems,
        "not_for_owner": results.not_for_owner,
        "verdicts": results.verdicts,
    }
