"""The scopes as people choose and read them: groups of ladders, whose rungs bring along those beneath, and sentences.

Which scope brings along which is said by `catalogue`; here are order and words.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rbac import scopes
from rbac.catalogue import expanded

_ORDER = ("view", "run", "add", "create", "edit", "remove", "delete")
_VERBS = {
    "see": ("view",),
    "run": ("run",),
    "write": ("create", "edit"),
    "manage": ("create", "edit", "delete"),
}
# What a scope allows where its name says too little.
_OWN_VERBS: dict[str, tuple[str, ...]] = {
    scopes.RUN_FLOWS: ("run", "create", "edit"),
    scopes.MANAGE_ACLS: ("edit",),
    scopes.MANAGE_WORKSPACE_SETTINGS: ("delete",),
    scopes.MANAGE_WORKSPACE_USERS: ("add", "remove"),
    scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS: ("add", "remove"),
    scopes.MANAGE_WORKSPACE_TEAMS: ("add", "remove"),
}
_OWN_NOUNS = {
    scopes.SEE_WORKSPACE_SETTINGS: "the workspace's settings",
    scopes.WRITE_WORKSPACE_SETTINGS: "the workspace's settings",
    scopes.MANAGE_WORKSPACE_SETTINGS: "the workspace itself",
}
_OWN_LABELS = {scopes.WRITE_WORKSPACE_SETTINGS: "Edit", scopes.SEE_SECRET_BLOCKS: "View secrets"}
_OWN_VERBS[scopes.WRITE_WORKSPACE_SETTINGS] = ("edit",)

# Groups of ladders; a ladder has the name of its things and its scopes from the lowest rung up.
_GROUPS: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    (
        "Flows and runs",
        (
            ("flows and their runs", (scopes.SEE_FLOWS, scopes.RUN_FLOWS, scopes.MANAGE_FLOWS)),
            ("tasks", (scopes.RUN_TASKS,)),
            ("saved views of runs", (scopes.MANAGE_SAVED_SEARCH,)),
        ),
    ),
    (
        "Deployments",
        (
            (
                "deployments",
                (
                    scopes.SEE_DEPLOYMENTS,
                    scopes.RUN_DEPLOYMENTS,
                    scopes.WRITE_DEPLOYMENTS,
                    scopes.MANAGE_DEPLOYMENTS,
                ),
            ),
        ),
    ),
    (
        "Work pools",
        (
            ("work pools", (scopes.SEE_WORK_POOLS, scopes.WRITE_WORK_POOLS, scopes.MANAGE_WORK_POOLS)),
            ("work queues", (scopes.SEE_WORK_QUEUES, scopes.WRITE_WORK_QUEUES, scopes.MANAGE_WORK_QUEUES)),
            ("workers", (scopes.SEE_WORKERS, scopes.WRITE_WORKERS, scopes.MANAGE_WORKERS)),
        ),
    ),
    ("Blocks", (("blocks", (scopes.SEE_BLOCKS, scopes.SEE_SECRET_BLOCKS, scopes.MANAGE_BLOCKS)),)),
    ("Variables", (("variables", (scopes.SEE_VARIABLES, scopes.WRITE_VARIABLES, scopes.MANAGE_VARIABLES)),)),
    ("Automations", (("automations", (scopes.SEE_AUTOMATIONS, scopes.MANAGE_AUTOMATIONS)),)),
    (
        "Events",
        (
            ("events", (scopes.SEE_EVENTS, scopes.MANAGE_EVENTS)),
            ("event publications", (scopes.SEE_EVENT_PUBLICATIONS, scopes.MANAGE_EVENT_PUBLICATIONS)),
            ("event subscriptions", (scopes.SEE_EVENT_SUBSCRIPTIONS, scopes.MANAGE_EVENT_SUBSCRIPTIONS)),
        ),
    ),
    ("Webhooks", (("webhooks", (scopes.SEE_WEBHOOKS, scopes.MANAGE_WEBHOOKS)),)),
    (
        "Notifications",
        (
            (
                "notifications",
                (scopes.SEE_NOTIFICATIONS, scopes.WRITE_NOTIFICATIONS, scopes.MANAGE_NOTIFICATIONS),
            ),
        ),
    ),
    (
        "Concurrency",
        (("concurrency limits", (scopes.SEE_CONCURRENCY_LIMITS, scopes.MANAGE_CONCURRENCY_LIMITS)),),
    ),
    ("Artifacts", (("artifacts", (scopes.SEE_ARTIFACTS, scopes.WRITE_ARTIFACTS, scopes.MANAGE_ARTIFACTS)),)),
    ("Assets", (("assets", (scopes.SEE_ASSETS, scopes.WRITE_ASSETS, scopes.MANAGE_ASSETS)),)),
    ("Incidents", (("incidents", (scopes.SEE_INCIDENTS, scopes.WRITE_INCIDENTS, scopes.MANAGE_INCIDENTS)),)),
    ("Tags", (("tags", (scopes.SEE_TAGS, scopes.MANAGE_TAGS)),)),
    ("Access lists", (("who may reach single objects", (scopes.MANAGE_ACLS,)),)),
    (
        "Workspace management",
        (
            (
                "settings",
                (
                    scopes.SEE_WORKSPACE_SETTINGS,
                    scopes.WRITE_WORKSPACE_SETTINGS,
                    scopes.MANAGE_WORKSPACE_SETTINGS,
                ),
            ),
            ("people of the workspace", (scopes.SEE_WORKSPACE_USERS, scopes.MANAGE_WORKSPACE_USERS)),
            (
                "service accounts of the workspace",
                (scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS, scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS),
            ),
            ("teams of the workspace", (scopes.MANAGE_WORKSPACE_TEAMS,)),
        ),
    ),
    (
        "Managed execution",
        (
            ("storage of managed execution", (scopes.MANAGE_MEX_STORAGE,)),
            ("deployments of managed execution", (scopes.MANAGE_MEX_DEPLOY,)),
        ),
    ),
)

SECRETS = frozenset({scopes.SEE_SECRET_BLOCKS})
LETS_IN = frozenset(
    {
        scopes.MANAGE_WORKSPACE_USERS,
        scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
        scopes.MANAGE_WORKSPACE_TEAMS,
        scopes.MANAGE_ACLS,
    }
)


@dataclass(frozen=True, slots=True)
class Rung:
    """A scope in its ladder. `brings`: all other scopes that come along with it. `danger` is empty for most."""

    scope: str
    label: str
    noun: str
    verbs: tuple[str, ...]
    brings: frozenset[str]
    danger: str


@dataclass(frozen=True, slots=True)
class Ladder:
    name: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    ladders: tuple[Ladder, ...]

    @property
    def rungs(self) -> Iterator[Rung]:
        return (rung for ladder in self.ladders for rung in ladder.rungs)


def sentences(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """What these scopes allow: by group, one sentence a noun (`View, create and edit variables.`)."""
    told = []
    for group in GROUPS:
        nouns: dict[str, set[str]] = {}
        for rung in group.rungs:
            if rung.scope in names:
                nouns.setdefault(rung.noun, set()).update(rung.verbs)
        if nouns:
            told.append((group.name, [sentence(noun, verbs) for noun, verbs in nouns.items()]))
    return told


def sentence(noun: str, verbs: Collection[str]) -> str:
    *first, last = sorted(verbs, key=_ORDER.index)
    words = f"{', '.join(first)} and {last}" if first else last
    return f"{words.capitalize()} {noun}."


def dangers(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """What deserves a second look, as (danger, nouns): reading secrets, deleting, letting others in."""
    found: dict[str, list[str]] = {}
    for group in GROUPS:
        for rung in group.rungs:
            if rung.danger and rung.scope in names:
                found.setdefault(rung.danger, []).append(rung.noun)
    return sorted(found.items())


def _rung(scope: str, thing: str, alone: bool) -> Rung:
    start = scope.partition("_")[0]
    verbs = _OWN_VERBS.get(scope, _VERBS[start])
    noun = "the secrets in blocks" if scope in SECRETS else _OWN_NOUNS.get(scope, thing)
    return Rung(
        scope=scope,
        label=_OWN_LABELS.get(scope) or _label(verbs, start, alone),
        noun=noun,
        verbs=verbs,
        brings=expanded([scope]) - {scope},
        danger=_danger(scope, verbs),
    )


def _label(verbs: tuple[str, ...], start: str, alone: bool) -> str:
    """On top of a rung that creates and edits, a scope that manages adds deleting."""
    words = ("delete",) if start == "manage" and "delete" in verbs and not alone else verbs
    *first, last = words
    return (f"{', '.join(first)} and {last}" if first else last).capitalize()


def _danger(scope: str, verbs: tuple[str, ...]) -> str:
    if scope in SECRETS:
        return "Reads secrets"
    if scope in LETS_IN:
        return "Decides who gets in"
    return "Deletes" if "delete" in verbs else ""


def _ladder(thing: str, names: tuple[str, ...]) -> Ladder:
    edits = any(name.startswith(("write_", "run_flows")) for name in names)
    return Ladder(thing, tuple(_rung(name, thing, alone=not edits) for name in names))


GROUPS: tuple[Group, ...] = tuple(
    Group(name, tuple(_ladder(thing, names) for thing, names in ladders)) for name, ladders in _GROUPS
)
RUNGS: dict[str, Rung] = {rung.scope: rung for group in GROUPS for rung in group.rungs}
