"""The title and group of each workspace scope, and the scopes that it includes.

See docs/contract/roles.md, "Workspace scopes".
"""

from collections.abc import Iterable
from typing import TypedDict

from rbac import scopes
from rbac.scope_nouns import parts_of, scopes_of


class ScopeDescription(TypedDict):
    name: str
    title: str
    feature_group: str
    includes_scopes: list[str]
    see_scope: str | None


_VERB_TITLES = {"see": "View", "run": "Run", "write": "Create and edit", "manage": "Create, edit and delete"}
# Every scope includes the lower ones of its noun. These include others as well.
_EXTRA_INCLUDES: dict[str, list[str]] = {
    scopes.SEE_SECRET_BLOCKS: [scopes.SEE_BLOCKS],
    scopes.MANAGE_BLOCKS: [scopes.SEE_SECRET_BLOCKS],
    scopes.MANAGE_SAVED_SEARCH: [scopes.SEE_FLOWS],
}


def _describe(name: str) -> ScopeDescription:
    verb, noun = parts_of(name)
    of_noun = scopes_of(noun)
    lower = of_noun[: of_noun.index(name)]
    included = [*lower, *_EXTRA_INCLUDES.get(name, [])]
    see = f"see_{noun.name}"
    return {
        "name": name,
        "title": f"{_VERB_TITLES[verb]} {noun.title}",
        "feature_group": noun.feature_group,
        "includes_scopes": included,
        "see_scope": see if see in included else None,
    }


SCOPES: list[ScopeDescription] = [_describe(name) for name in sorted(scopes.ALL)]


_INCLUDED: dict[str, list[str]] = {scope["name"]: scope["includes_scopes"] for scope in SCOPES}


def with_included_scopes(names: Iterable[str]) -> frozenset[str]:
    """Return these scopes and all that they include, directly or indirectly. Raises `KeyError` if one is unknown."""
    included: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in included:
            included.add(name)
            waiting.extend(_INCLUDED[name])
    return frozenset(included)
