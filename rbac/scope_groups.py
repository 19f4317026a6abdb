"""The workspace scopes as the role pages show them: in groups of ladders, and as sentences.

A ladder has the scopes about the same things, from viewing to deleting, such as `see_flows`, `run_flows`,
`write_flows` and `manage_flows`. A level is one of these scopes; it usually includes the lower ones. `rbac.scope_nouns`
lists the nouns of scopes in the order of the pages, and `rbac.catalogue` says which scope includes which. This module
has the wording.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rbac import scopes
from rbac.catalogue import with_included_scopes
from rbac.scope_nouns import NOUNS, VERBS, Noun, parts_of, scopes_of

_SENTENCE_ORDER = ("view", "run", "add", "create", "edit", "remove", "delete")
# What a scope allows, by the verb that its name begins with.
_VERBS = {
    "see": ("view",),
    "run": ("run",),
    "write": ("create", "edit"),
    "manage": ("create", "edit", "delete"),
}
# What a scope allows, if its name does not say.
_OWN_VERBS: dict[str, tuple[str, ...]] = {
    scopes.RUN_FLOWS: ("run", "create", "edit"),
    scopes.MANAGE_ACLS: ("edit",),
    scopes.WRITE_WORKSPACE_SETTINGS: ("edit",),
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

SECRETS = frozenset({scopes.SEE_SECRET_BLOCKS})
ACCESS_SCOPES = frozenset(
    {
        scopes.MANAGE_WORKSPACE_USERS,
        scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
        scopes.MANAGE_WORKSPACE_TEAMS,
        scopes.MANAGE_ACLS,
    }
)


@dataclass(frozen=True, slots=True)
class ScopeLevel:
    """A scope in its ladder. Its sentence is made of `verbs` and `noun`: "View and edit variables."."""

    scope: str
    label: str
    noun: str
    verbs: tuple[str, ...]
    includes: frozenset[str]  # the other scopes that it includes, directly or not
    danger: str  # why it is dangerous; empty for most levels


@dataclass(frozen=True, slots=True)
class ScopeLadder:
    """The scopes about the same things, such as "variables", the lowest first."""

    name: str
    levels: tuple[ScopeLevel, ...]


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """Ladders under a common heading."""

    name: str
    ladders: tuple[ScopeLadder, ...]

    @property
    def levels(self) -> Iterator[ScopeLevel]:
        return (level for ladder in self.ladders for level in ladder.levels)


def scope_sentences(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """Return what these scopes allow, by group: one sentence for each noun, as `View, create and edit variables.`"""
    groups = []
    for group in GROUPS:
        nouns: dict[str, set[str]] = {}
        for level in group.levels:
            if level.scope in names:
                nouns.setdefault(level.noun, set()).update(level.verbs)
        if nouns:
            groups.append((group.name, [_sentence(noun, verbs) for noun, verbs in nouns.items()]))
    return groups


def scope_dangers(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """Return the dangerous abilities among these scopes, as pairs of a danger and the nouns that it is about.

    Dangerous are reading secrets, deleting, and deciding who gets access.
    """
    dangers: dict[str, list[str]] = {}
    for group in GROUPS:
        for level in group.levels:
            if level.danger and level.scope in names:
                dangers.setdefault(level.danger, []).append(level.noun)
    return sorted(dangers.items())


def _sentence(noun: str, verbs: Collection[str]) -> str:
    return f"{_listed(sorted(verbs, key=_SENTENCE_ORDER.index)).capitalize()} {noun}."


def _listed(words: Sequence[str]) -> str:
    """Return the words as in "create, edit and delete"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _level(scope: str, things: str, *, ladder_edits: bool) -> ScopeLevel:
    """Return a level of the ladder about `things`. `ladder_edits`: whether another level of it creates and edits."""
    verb = scope.partition("_")[0]
    verbs = _OWN_VERBS.get(scope, _VERBS[verb])
    noun = "the secrets in blocks" if scope in SECRETS else _OWN_NOUNS.get(scope, things)
    return ScopeLevel(
        scope=scope,
        label=_OWN_LABELS.get(scope) or _label(verb, verbs, ladder_edits),
        noun=noun,
        verbs=verbs,
        includes=with_included_scopes([scope]) - {scope},
        danger=_danger(scope, verbs),
    )


def _label(verb: str, verbs: tuple[str, ...], ladder_edits: bool) -> str:
    """Return the label of a level. If a lower level creates and edits, a `manage_` scope is labelled "Delete" only."""
    words = ("delete",) if verb == "manage" and "delete" in verbs and ladder_edits else verbs
    return _listed(words).capitalize()


def _danger(scope: str, verbs: tuple[str, ...]) -> str:
    if scope in SECRETS:
        return "Reads secrets"
    if scope in ACCESS_SCOPES:
        return "Decides who has access"
    return "Deletes" if "delete" in verbs else ""


def _ladder(things: str, nouns: Iterable[Noun]) -> ScopeLadder:
    """Return the ladder of nouns that are about the same things, such as `blocks` and `secret_blocks`."""
    unordered = [scope for noun in nouns for scope in scopes_of(noun)]
    names = sorted(unordered, key=lambda scope: VERBS.index(parts_of(scope)[0]))
    edits = any(name.startswith("write_") or name == scopes.RUN_FLOWS for name in names)
    return ScopeLadder(things, tuple(_level(name, things, ladder_edits=edits) for name in names))


def _group(name: str, nouns: Iterable[Noun]) -> ScopeGroup:
    by_things = groupby(nouns, key=lambda noun: noun.things)
    return ScopeGroup(name, tuple(_ladder(things, same_things) for things, same_things in by_things))


GROUPS: tuple[ScopeGroup, ...] = tuple(
    _group(name, same_group) for name, same_group in groupby(NOUNS, key=lambda noun: noun.group)
)
LEVELS: dict[str, ScopeLevel] = {level.scope: level for group in GROUPS for level in group.levels}
