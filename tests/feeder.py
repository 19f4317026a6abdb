"""A program that feeds a workspace of the live site through the API, while somebody watches it in a browser."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page

from tests.browser import fill_sign_in
from tests.site import Site


class Feeder:
    """A program with the key of a workspace."""

    def __init__(self, made: dict[str, Any]) -> None:
        self.made = made

    def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.made['api_key']}", "Content-Type": "application/json"}
        with urlopen(Request(self.made["api_url"] + path, json.dumps(body).encode(), headers), timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def run(self, flow: str, name: str, **more: Any) -> str:
        flow_id = self.post("/flows/", {"name": flow})["id"]
        created = self.post("/flow_runs/", {"flow_id": flow_id, "name": name, "state": {"type": "PENDING"}, **more})
        return str(created["id"])

    def state(self, run: str, kind: str, message: str | None = None) -> None:
        self.post(f"/flow_runs/{run}/set_state", {"state": {"type": kind, "message": message}})

    def log(self, run: str, message: str, level: int = 20) -> None:
        line = {"name": "prefect.flow_runs", "level": level, "message": message, "flow_run_id": run}
        self.post("/logs/", [{**line, "timestamp": datetime.now(UTC).isoformat()}])

    def at(self, path: str) -> str:
        """Return the address of a page of the workspace."""
        return f"/account/{self.made['account_id']}/workspace/{self.made['workspace_id']}{path}"

    def sign_in(self, page: Page, path: str) -> None:
        """Sign in as the owner of the workspace, and open a page of it."""
        page.goto("/auth/sign-in?next=" + self.at(path))
        fill_sign_in(page, self.made["email"])
        page.wait_for_url(lambda address: "/auth/" not in address)


@pytest.fixture
def feeder(site: Site, request: pytest.FixtureRequest) -> Feeder:
    handle = f"w-{abs(hash(request.node.name)) % 10**9}"
    return Feeder(site.bootstrap(handle))
