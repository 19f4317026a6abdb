"""Which half of .ci/run runs a test: the one on SQLite, the one on PostgreSQL and Redis, or both.

Two markers say it for a test, and the lists below for folders. `make test` runs all tests on any database.
"""

from pathlib import Path

import pytest

MARKERS = ("one_database", "postgresql_in_ci")
_TESTS = Path(__file__).parent
# Their SQL is plain. Row-level security makes PostgreSQL the stricter of the two. Journeys and the walk of
# all pages run the same code on SQLite.
_ON_POSTGRESQL = ["accounts", "admin", "orgs", "pages", "rbac", "workspaces/access", "workspaces/directory"]
_PAGES = "pages and accounts have plain SQL; journeys run them on SQLite"


def choose_half(item: pytest.Item) -> None:
    """Add a marker to tests of the folders above and of pages, unless they say themselves where they run.

    Refuses a marker without a reason, and a test with both markers, which .ci/run would never run.
    """
    own = {marker.name: marker for marker in item.iter_markers() if marker.name in MARKERS}
    for name, marker in own.items():
        if not marker.kwargs.get("reason"):
            raise pytest.UsageError(f"{item.nodeid}: {name} needs a reason")
    if len(own) == len(MARKERS):
        raise pytest.UsageError(f"{item.nodeid} has both markers: no half of .ci/run would run it")
    if not own and _is_on_postgresql(item.path.relative_to(_TESTS)):
        item.add_marker(pytest.mark.postgresql_in_ci(reason=_PAGES))


def _is_on_postgresql(path: Path) -> bool:
    name = path.as_posix()
    return (
        "/pages/" in name
        or path.name.startswith("test_pages")
        or any(name.startswith(f"{folder}/") for folder in _ON_POSTGRESQL)
    )
