"""The scopes as people choose them: every one has its level, and a level brings along those beneath it."""

import pytest

from rbac import scopes
from rbac.catalogue import with_included_scopes
from rbac.scope_groups import GROUPS, LEVELS, ScopeLadder, scope_dangers, scope_sentences

pytestmark = pytest.mark.one_database(reason="no SQL")

LADDERS = [ladder for group in GROUPS for ladder in group.ladders]


def test_every_scope_is_one_level_of_one_ladder() -> None:
    assert sorted(level.scope for group in GROUPS for level in group.levels) == sorted(scopes.ALL)


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.name)
def test_level_includes_those_below_it(ladder: ScopeLadder) -> None:
    names = [level.scope for level in ladder.levels]
    for height, level in enumerate(ladder.levels):
        assert set(names[:height]) == level.includes & set(names)
        assert with_included_scopes([level.scope]) == level.includes | {level.scope}


def test_labels_of_a_ladder_differ() -> None:
    assert [[level.label for level in ladder.levels] for ladder in LADDERS if ladder.name == "deployments"] == [
        ["View", "Run", "Create and edit", "Delete"]
    ]
    assert [level.label for level in LADDERS[0].levels] == ["View", "Run, create and edit", "Delete"]
    for ladder in LADDERS:
        assert len({level.label for level in ladder.levels}) == len(ladder.levels)


def test_sentences_say_each_noun_once() -> None:
    names = with_included_scopes([scopes.MANAGE_AUTOMATIONS, scopes.MANAGE_BLOCKS, scopes.MANAGE_WORKSPACE_SETTINGS])
    assert scope_sentences(names) == [
        ("Blocks", ["View, create, edit and delete blocks.", "View the secrets in blocks."]),
        ("Automations", ["View, create, edit and delete automations."]),
        ("Workspace management", ["View and edit the workspace's settings.", "Delete the workspace itself."]),
    ]
    assert scope_sentences(()) == []


def test_dangers_are_secrets_deleting_and_letting_in() -> None:
    assert scope_dangers({scopes.SEE_FLOWS, scopes.WRITE_VARIABLES, scopes.RUN_DEPLOYMENTS}) == []
    assert scope_dangers(with_included_scopes([scopes.MANAGE_BLOCKS, scopes.MANAGE_WORKSPACE_TEAMS])) == [
        ("Decides who has access", ["teams of the workspace"]),
        ("Deletes", ["blocks"]),
        ("Reads secrets", ["the secrets in blocks"]),
    ]
    assert all(LEVELS[name].danger for name in scopes.ALL if name.startswith("manage_"))
