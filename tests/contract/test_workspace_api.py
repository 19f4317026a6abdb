"""The workspace API has the shapes of the reference server.

See docs/contract/cloud-api.md, "Conformance checks".
"""

from pathlib import Path

import pytest

from tests.contract.cloud_alone import is_clouds
from tests.contract.compare import differences
from tests.contract.documents import WORKSPACE, Document, operations, ours, reference
from tests.contract.not_served import NOT_SERVED

pytestmark = pytest.mark.one_database(reason="the OpenAPI document has no SQL")

# Clients ask and are content with the refusal: our keys are no cookies, so there is nothing to forge.
REFUSED = {("get", "/csrf-token")}
# Nobody else has these.
OUR_OWN = {
    ("get", "/flow_runs/{id}/why-late"),
    ("get", "/work_pools/{name}/run-keys"),
    ("put", "/work_pools/{name}/run-keys"),
}
# Answers with an empty list, so that its rows have no shape yet.
EMPTY = {("get", "/automations/related-to/{resource_id}")}


@pytest.fixture(scope="module")
def theirs(client_venv: Path) -> Document:
    return reference(client_venv)


def test_every_operation_is_the_references(theirs: Document) -> None:
    wanted = operations(theirs)
    problems = [
        f"{method.upper()} {path}: {problem}"
        for (method, path), operation in operations(ours(), WORKSPACE).items()
        if path and not is_clouds(method, path) and (method, path) not in REFUSED | OUR_OWN | EMPTY
        for problem in (
            differences(ours(), operation, theirs, wanted[method, path])
            if (method, path) in wanted
            else ["the reference has no such operation"]
        )
    ]
    assert problems == []


def test_what_is_not_served_is_listed(theirs: Document) -> None:
    missing = operations(theirs).keys() - operations(ours(), WORKSPACE).keys()
    assert {f"{method.upper()} {path}" for method, path in missing} == NOT_SERVED
