"""Try everything at every door with every role, and collect the verdicts."""

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.test import override_settings

from accounts.models import Account
from config.isolation.attempts import Attempt, attempts_at, fill, own_attempt
from config.isolation.building import build_side
from config.isolation.doors import Door
from config.isolation.exchange import Exchange, fields_read
from config.isolation.rows import keys_of
from config.isolation.side import Caller
from config.isolation.switched_off import switched_off
from config.isolation.verdicts import ORDER, found_in, is_good, verdict
from core.db import policies, tenants
from core.rate_limits import RateLimiter
from orgs.plans import limits_of
from rbac import permissions


@dataclass
class Results:
    """What was seen. `verdicts` are by door and role; `problems` say what is wrong, and are empty in a proof."""

    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    switched_off: int = 0  # filters
    let_through: list[str] = field(default_factory=list)  # foreign rows, by filters that were switched off
    let_through_without_wall: int = 0
    without_policy: int = 0  # filters on tables without a policy, which were switched off as well
    let_through_without_policy: int = 0
    not_for_owner: list[str] = field(default_factory=list)  # doors that answered 404 even to the owner's own ids


class Proof:
    """Two sides, and the exchange through which people of the first try to reach the second."""

    def __init__(self) -> None:
        self.ours, self.theirs = build_side(), build_side()
        for account in Account.objects.all():
            limits_of(account)  # remembered, so that each request meets the same filters
        keys = keys_of(self.theirs)
        self.exchange = Exchange(keys)
        self.secrets = [self.theirs.mark, *sorted(_uuids(keys))]
        self.results = Results()
        self._tables_with_policy = {model._meta.db_table for model in policies.protected_models()}
        shared = set(map(str, permissions.IDS.values()))  # the built-in account roles, which belong to nobody
        ids = self.theirs.ids.items()
        self.missing = {name: value if value in shared else _missing(value) for name, value in ids}

    def walk(self, doors: Collection[Door], roles: Collection[str], *, every_field: bool = True) -> None:
        """Try every door with every role. `every_field`: as the owner, also with each field of a page alone."""
        for door in doors:
            fields = self._fields(door)
            for role in roles:
                caller = self.ours.callers[role]
                if door.is_operation or caller.browser is not None:
                    alone = every_field and caller is self.ours.owner
                    self._try(door, caller, list(attempts_at(door, fields, every_field=alone)))

    def switch_off(self, doors: Collection[Door]) -> None:
        """Use every door as the owner with each filter by tenant switched off, once with the wall and once without."""
        for door in doors:
            for attempt in _attempts_without_filter(door):
                for number, name in enumerate(self._filters(door, attempt)):
                    self._switch_off(door, attempt, number, name)

    def _switch_off(self, door: Door, attempt: Attempt, number: int, name: str) -> None:
        seen = self._without_filter(door, attempt, number)
        if name.partition(".")[0] not in self._tables_with_policy:
            self.results.without_policy += 1
            self.results.let_through_without_policy += bool(seen)
            return
        self.results.switched_off += 1
        if seen:
            self.results.let_through.append(f"{door.name}, {attempt.place}, without {name}: {seen}")
        with patch.object(tenants, "reached", lambda: tenants.ALL):
            self.results.let_through_without_wall += bool(self._without_filter(door, attempt, number))

    def _fields(self, door: Door) -> set[str]:
        """Return the names that the view reads from queries and forms when the owner uses it."""
        owner = self.ours.owner
        with fields_read() as names:
            answer = self.exchange.send(door, owner, fill(own_attempt(door), self.ours, owner, self.theirs.ids))
        if answer.status == 404:
            self.results.not_for_owner.append(door.name)
        return names

    def _try(self, door: Door, caller: Caller, attempts: Collection[Attempt]) -> None:
        found = []
        for attempt in attempts:
            foreign = fill(attempt, self.ours, caller, self.theirs.ids)
            missing = fill(attempt, self.ours, caller, self.missing)
            answers = self.exchange.send(door, caller, foreign), self.exchange.send(door, caller, missing)
            found.append(verdict(*answers, foreign.sent, missing.sent, self.secrets))
            if not is_good(found[-1]):
                self.results.problems.append(f"{door.name} as {caller.role}, {attempt.place}: {found[-1]}")
        worst = max((one.partition(":")[0] for one in found), key=ORDER.index)
        self.results.verdicts.setdefault(door.name, {})[caller.role] = worst

    def _filters(self, door: Door, attempt: Attempt) -> list[str]:
        with switched_off(-1) as filters:
            self.exchange.send(door, self.ours.owner, fill(attempt, self.ours, self.ours.owner, self.theirs.ids))
        return filters.met

    def _without_filter(self, door: Door, attempt: Attempt, number: int) -> str:
        """Return what came through of the other side without this filter. Empty if nothing did."""
        request = fill(attempt, self.ours, self.ours.owner, self.theirs.ids)
        with switched_off(number):
            answer = self.exchange.send(door, self.ours.owner, request)
        return found_in(answer, request.sent, self.secrets) or ", ".join(answer.changed)


def _attempts_without_filter(door: Door) -> list[Attempt]:
    """Return the use of a door with own ids, and the one with the last id of the address from the other side."""
    by_path = [attempt for attempt in attempts_at(door, (), every_field=False) if attempt.place.startswith("path")]
    return [own_attempt(door), *by_path[-1:]]


def _uuids(keys: Collection[tuple[str, str]]) -> set[str]:
    found = set()
    for _, key in keys:
        try:
            found.add(str(UUID(key)))
        except ValueError:
            continue
    return found


def _missing(value: str) -> str:
    """Return an id, handle or name that does not exist, of the same kind as the value."""
    try:
        UUID(value)
    except ValueError:
        return "".join(secrets.choice("bcdfghjklm") if letter.isalpha() else letter for letter in value)
    return value[:24] + uuid4().hex[:12]  # as old as the other one: pages show the beginning of ids


@contextmanager
def without_limits() -> Iterator[None]:
    """Lift the limits of this process, so that they do not refuse what is tried, and send no mail."""
    other_settings = override_settings(
        RATE_LIMITS=dict.fromkeys(settings.RATE_LIMITS, 0),
        CAPS=dict.fromkeys(settings.CAPS, 0),
        MAIL_LIMITS=dict.fromkeys(settings.MAIL_LIMITS, 1_000_000),
        ACCOUNT_RATE_LIMITS=False,
        PLAN_SECONDS=86_400,
        CELERY_BEAT_SCHEDULE={},  # no background services run here, so none is late
        CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    )
    with other_settings, patch.object(RateLimiter, "take", lambda *args, **more: 0):
        yield


@contextmanager
def as_web_process() -> Iterator[bool]:
    """Take the role of web processes in the block, with row-level security. Yields whether it is in force."""
    role = policies.role_of(policies.WEB) if connection.vendor == "postgresql" else ""
    if not role:
        yield False
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()[0]
        cursor.execute(f"SET ROLE {connection.ops.quote_name(role)}")
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        bound = not cursor.fetchone()[0]
    outside, tenants.process.outside_requests = tenants.process.outside_requests, tenants.NONE
    connection.settings_dict["ROLE"], role_before = role, connection.settings_dict.get("ROLE", "")
    try:
        yield bound and len(policies.installed_policies()) == len(policies.protected_models())
    finally:
        tenants.process.outside_requests = outside
        connection.settings_dict["ROLE"] = role_before
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {connection.ops.quote_name(before)}")
