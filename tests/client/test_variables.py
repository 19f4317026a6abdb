"""`prefect variable ...` and `Variable` in a script, as with the reference server."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.client.story import Server
from tests.prefect_client import PrefectClient
from tests.site import Site

pytestmark = [
    pytest.mark.client,
    pytest.mark.one_database(reason="what the command line says; the endpoints have tests on PostgreSQL"),
]

MakeClient = Callable[..., PrefectClient]


def test_script_reads_and_leaves_what_it_does_with_the_reference(
    reference: PrefectClient, owner: dict[str, Any], stranger: dict[str, Any], prefect_client: MakeClient
) -> None:
    said, kept = [], []
    for client, server in (
        (reference, Server(reference.settings["PREFECT_API_URL"])),
        (prefect_client(owner), Server(owner["api_url"], owner["api_key"])),
    ):
        done = client.run("variables.py")
        said.append([line for line in done.stdout.splitlines() if line.startswith("RESULT")])
        kept.append([(row["name"], row["value"], row["tags"]) for row in server.post("/variables/filter")])
    assert (len(said[0]), len(kept[0])) == (1, 8)
    assert (said[1], kept[1]) == (said[0], kept[0])
    assert Server(stranger["api_url"], stranger["api_key"]).post("/variables/filter") == []


def test_command_line_sets_reads_and_unsets(site: Site, prefect_client: MakeClient) -> None:
    value = {"b": 1.0, "a": ["eu", None]}
    with prefect_client(site.bootstrap("client-variables", "lab")).commands() as command:

        def says(*args: str, code: int = 0) -> str:
            exit_code, output = command("variable", *args)
            assert exit_code == code, output
            return output.strip()

        assert says("set", "region", json.dumps(value), "--tag", "aws") == "Set variable 'region'."
        assert "already exists. Use `--overwrite`" in says("set", "region", "again", code=1)
        assert says("get", "region") == json.dumps(value)
        inspected = json.loads(says("inspect", "region", "--output", "json"))
        assert (inspected["name"], inspected["value"], inspected["tags"]) == ("region", value, ["aws"])
        assert json.loads(says("ls", "--output", "json")) == [inspected]
        assert says("unset", "region") == "Unset variable 'region'."
        assert says("get", "region", code=1) == "Variable 'region' not found."
