"""The three OpenAPI documents: ours, the reference server's from the installed package, and Cloud's (optional)."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

Document = dict[str, Any]
Operation = dict[str, Any]

WORKSPACE = "/api/accounts/{account_id}/workspaces/{workspace_id}"
CLOUD = Path(__file__).resolve().parents[3] / "shared" / "facts" / "cloud-openapi.json"
_METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def ours() -> Document:
    return dict(Client().get("/api/openapi.json").json())


@cache
def reference(client_venv: Path) -> Document:
    """What the real server says of itself, told by the package that the client tests run."""
    program = "import json; from prefect.server.api.server import create_app; print(json.dumps(create_app().openapi()))"
    done = subprocess.run(
        [client_venv / "bin" / "python", "-c", program],
        env={"PREFECT_HOME": str(client_venv / "contract-home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def cloud() -> Document:
    if not CLOUD.exists():
        pytest.skip(f"NOT TESTED: the account API was not held against Cloud's document; {CLOUD} is not there.")
    return dict(json.loads(CLOUD.read_text()))


def operations(document: Document, below: str = "", outside: str | None = None) -> dict[tuple[str, str], Operation]:
    """(method, path without `below`) of the operations below it and not below `outside`."""
    return {
        (method, path.removeprefix(below)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS and path.startswith(below) and not (outside and path.startswith(outside))
    }
