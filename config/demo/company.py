"""The data of the demo company: its people, workspaces and flows."""

from dataclasses import dataclass
from typing import Any

ORGANIZATION, ORGANIZATION_HANDLE = "Northwind Logistics", "northwind"
PASSWORD = "bailiwick-demo"  # noqa: S105  not a secret: the command prints it

# First name, last name, role in the organization. The first person owns it.
PEOPLE = [
    ("Maya", "Lindqvist", "Owner"),
    ("Tomas", "Okafor", "Admin"),
    ("Ines", "Moreau", "Admin"),
    ("Ravi", "Sandhu", "Member"),
    ("Lena", "Hoffmann", "Member"),
    ("Yusuf", "Demir", "Member"),
    ("Clara", "Nowak", "Member"),
]

TEAM, TEAM_ABOUT, TEAM_MEMBERS = "Data science", "Forecasts and what they need.", ("Lena", "Yusuf")
SERVICE_ACCOUNT = "nightly-runner"
ROLE, ROLE_ABOUT, ROLE_BASE = "On call", "Watches, starts runs again and cancels them.", "Runner"
ROLE_SCOPES = ("run_flows", "manage_automations")
# Grants: the workspace; a first name, a team or a service account; and the role.
SHARED = [
    ("analytics", "Ravi", "Developer"),
    ("analytics", TEAM, "Developer"),
    ("analytics", SERVICE_ACCOUNT, "Worker"),
    ("operations", "Clara", ROLE),
    ("operations", "Ravi", "Viewer"),
    ("operations", SERVICE_ACCOUNT, "Worker"),
]
EVERYONE = {"analytics": "Viewer"}  # the default roles of workspaces
# Saved views of each workspace: name, and the query string of the list of runs.
VIEWS = (("Failed or crashed", "state=failed&state=crashed&sort=start"), ("Without child runs", "children=hide"))

# Variables of each workspace: name, value, tags.
VARIABLES: dict[str, list[tuple[str, Any, list[str]]]] = {
    "analytics": [
        ("report-recipients", ["maya@northwind.example", "ravi@northwind.example"], ["reports"]),
        ("forecast-horizon-days", 28, ["forecast"]),
        ("warehouse", {"host": "warehouse.northwind.example", "port": 5439, "database": "analytics", "ssl": True}, []),
        ("customer-segments", {"new": {"orders": 0}, "regular": {"orders": 3}, "key": {"orders": 25}}, ["reports"]),
    ],
    "operations": [("maintenance", False, []), ("depots", ["Hamburg", "Rotterdam", "Gdańsk"], ["depots"])],
}
# The address, the workspace and the role there.
INVITED = ("jonas@northwind.example", "analytics", "Developer")
LIMITS = {"max_workspaces": 5, "max_members": 10, "max_service_accounts": 2, "lines_per_minute": 20_000}


@dataclass(frozen=True)
class Step:
    """A task of a flow. It is mapped if `count` is above one."""

    name: str
    seconds: float
    count: int = 1
    retries: int = 0
    cached: float = 0.0  # the share of runs that find their result in the cache
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A flow: how often it runs, its tasks, how it fails, and the flow that it calls at the end."""

    flow: str
    every_hours: float
    steps: tuple[Step, ...]
    tags: tuple[str, ...] = ()
    parameters: tuple[tuple[str, object], ...] = ()
    failing: float = 0.05  # the share of runs that fail
    error: str = "RuntimeError: it did not work"
    calls: "Plan | None" = None


_LOAD = Plan(
    "load-warehouse",
    0,
    (Step("copy-table", 14, count=3, retries=1), Step("analyze", 4)),
    ("warehouse",),
    (("schema", "sales"),),
    failing=0.02,
    error="OperationalError: deadlock detected on table orders",
)

WORKSPACES: dict[str, tuple[Plan, ...]] = {
    "analytics": (
        Plan(
            "sales-report",
            3,
            (
                Step("fetch-orders", 22, count=4, retries=2, tags=("api",)),
                Step("clean-orders", 9),
                Step("render-report", 6, cached=0.2),
            ),
            ("reports", "finance"),
            (("region", "emea"), ("currency", "EUR")),
            failing=0.08,
            error="HTTPError: 503 from orders.internal",
            calls=_LOAD,
        ),
        Plan(
            "refresh-customer-profiles",
            0.75,
            (Step("list-changes", 3), Step("merge-profile", 5, count=5, retries=1), Step("publish", 2)),
            ("crm",),
            (("batch_size", 500),),
            failing=0.06,
            error="ValidationError: profile 8231 has no country",
        ),
        Plan(
            "train-demand-forecast",
            12,
            (
                Step("load-features", 45, cached=0.4),
                Step("fit-model", 600, retries=1, tags=("gpu",)),
                Step("evaluate", 40),
            ),
            ("ml", "nightly"),
            (("horizon_days", 28), ("model", "gbm")),
            failing=0.2,
            error="MemoryError: cannot allocate 6.1 GiB",
        ),
    ),
    "operations": (
        Plan(
            "back-up-databases",
            8,
            (Step("dump", 120, count=3, retries=1), Step("upload", 35, retries=2), Step("verify", 12)),
            ("backup", "nightly"),
            (("keep_days", 30),),
            failing=0.05,
            error="TimeoutError: upload took longer than 300 seconds",
        ),
        Plan(
            "check-fleet-sensors",
            1,
            (Step("poll-depot", 6, count=4), Step("compare-with-limits", 2)),
            ("iot",),
            (("depots", ["malmo", "gdansk", "riga", "turku"]),),
            failing=0.04,
            error="ConnectionError: depot riga does not answer",
        ),
    ),
}
