"""A stream of a running site loses nothing, whoever is killed: the receiver, or the worker between two steps."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.receiver import Receiver, write_certificate
from tests.site import ROOT, Site

CREATE = """
from accounts.models import Account
from auditlog.actors import system
from workspaces.audit_log.stream_services import create_stream
account = Account.objects.get(handle="streamer")
stream, secret = create_stream(account, address="https://localhost:{port}/in", actor=system("tests"))
print("SECRET", secret)
"""
# Adds entries, and lets the site's worker send what waits.
ADD = """
from accounts.models import Account
from auditlog.actors import system
from auditlog.chains import chain_new_entries
from django.utils import timezone
from orgs.services.teams import create_team
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.tasks import deliver_due_streams
account = Account.objects.get(handle="streamer")
for number in range(5):
    create_team(account, name=f"{name} {{number}}", actor=system("tests"))
chain_new_entries()
AuditStream.objects.update(next_attempt_at=timezone.now(), claimed_at=None)
if {queued}:
    deliver_due_streams()
"""
STATE = """
import json
from auditlog.models import Entry
from workspaces.audit_log.models import AuditStream
stream = AuditStream.objects.get()
entries = Entry.objects.filter(account_id=stream.account_id, position__isnull=False).order_by("position")
print("STATE" + json.dumps({
    "position": stream.position, "failures": stream.failures, "claimed": stream.claimed_at is not None,
    "ids": [str(entry_id) for entry_id in entries.values_list("id", flat=True)],
}))
"""
# Sends what waits, and is killed before it saves that the receiver has it.
KILLED = """
import os, signal
import django
django.setup()
from workspaces.audit_log import stream_delivery
from workspaces.audit_log.models import AuditStream

stream_delivery._save_delivery = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
stream_delivery.deliver(AuditStream.objects.get().id)
"""


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    made = Receiver(write_certificate(tmp_path_factory.mktemp("tls")))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Site]:
    """A running site that trusts the receiver, and whose sweep comes only when it is called."""
    env = {
        "SSL_CERT_FILE": str(receiver.certificate),
        "BAILIWICK_OUTGOING_NETWORKS": "127.0.0.0/8, ::1/128",
        "BAILIWICK_AUDIT_CHAIN_SECONDS": "3600",
    }
    made = Site(tmp_path_factory.mktemp("site"), env)
    try:
        made.start()
        yield made
        assert made.complaints() == []
    finally:
        made.remove()


def test_nothing_is_lost_when_receiver_and_sender_are_killed_in_turns(site: Site, receiver: Receiver) -> None:
    site.bootstrap("streamer", organization=True)
    secret = site.manage("shell", "-c", CREATE.format(port=receiver.port)).split("SECRET ")[1].strip()
    start = _state(site)["position"]
    _add(site, "first")
    _wait(site, lambda state: state["position"] == len(state["ids"]))
    for round_number in range(2):
        receiver.stop()
        _add(site, f"down {round_number}")
        _wait(site, lambda state: state["failures"] > 0)
        receiver.start()
        _add(site, f"killed {round_number}", queued=False)
        env = {**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
        assert subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=env).returncode == -9
        assert _state(site)["claimed"]
        _add(site, f"after {round_number}")
        _wait(site, lambda state: state["position"] == len(state["ids"]) and not state["claimed"])
    sent = [entry for request in receiver.requests for entry in request.entries]
    expected = _state(site)["ids"][start:]
    assert list(dict.fromkeys(entry["id"] for entry in sent)) == expected, "all, each first in the order of the chain"
    assert len(sent) > len(expected), "some twice"
    assert len({json.dumps(entry) for entry in sent}) == len(expected), "and then the same"
    assert all(request.signed_with(secret) for request in receiver.requests)


def _add(site: Site, name: str, *, queued: bool = True) -> None:
    site.manage("shell", "-c", ADD.format(name=name, queued=queued))


def _state(site: Site) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(site.manage("shell", "-c", STATE).split("STATE")[1])
    return state


def _wait(site: Site, reached: Callable[[dict[str, Any]], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached(state := _state(site)):
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
