"""The Prefect client waits as it is told and succeeds, without a word about it."""

from pathlib import Path
from typing import Any

import pytest

from core.rest import rate_limits
from tests.cast import Person
from tests.limits import Minute, minute
from tests.prefect_client import PrefectClient, signed_in

__all__ = ["minute"]

pytestmark = [pytest.mark.client, pytest.mark.django_db(transaction=True)]


def test_a_command_over_the_limit_takes_longer_and_succeeds(
    live_server: Any,
    owner: Person,
    minute: Minute,
    client_venv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flow = owner.api.post(f"{owner.workspace_api}/flows/", {"name": "etl"}).json()
    run = owner.api.post(f"{owner.workspace_api}/flow_runs/", {"flow_id": flow["id"], "name": "slow-owl"})
    assert run.status_code == 201
    waits: list[int] = []
    refuse_after = rate_limits.refuse_after

    def remember(wait: int, what: str) -> None:
        waits.append(wait)
        if wait:
            minute.limit()
        else:  # the client has begun: its next call comes too early
            minute.set(left=1.2, running=True)
        refuse_after(wait, what)

    minute.limit(key_requests=1)
    minute.pass_on(60)
    monkeypatch.setattr(rate_limits, "refuse_after", remember)
    workspace = {"api_key": owner.key_value, "api_url": f"{live_server.url}{owner.workspace_api}"}
    client = PrefectClient(client_venv, tmp_path, signed_in(workspace, live_server.url))
    assert "slow-owl" in client.prefect("flow-run", "ls").stdout
    assert max(waits) in {1, 2}
