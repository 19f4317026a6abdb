"""The scopes as people choose them: every one has its rung, and a rung brings along those beneath it."""

import pytest

from rbac import scopes
from rbac.catalogue import expanded
from rbac.ladders import GROUPS, RUNGS, Ladder, dangers, sentences

LADDERS = [ladder for group in GROUPS for ladder in group.ladders]


def test_every_scope_stands_on_one_rung() -> None:
    assert sorted(rung.scope for group in GROUPS for rung in group.rungs) == sorted(scopes.ALL)


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.name)
def test_rung_brings_along_those_beneath(ladder: Ladder) -> None:
    names = [rung.scope for rung in ladder.rungs]
    for height, rung in enumerate(ladder.rungs):
        assert set(names[:height]) == rung.brings & set(names)
        assert expanded([rung.scope]) == rung.brings | {rung.scope}


def test_labels_of_a_ladder_differ() -> None:
    assert [[rung.label for rung in ladder.rungs] for ladder in LADDERS if ladder.name == "deployments"] == [
        ["View", "Run", "Create and edit", "Delete"]
    ]
    assert [rung.label for rung in LADDERS[0].rungs] == ["View", "Run, create and edit", "Delete"]
    for ladder in LADDERS:
        assert len({rung.label for rung in ladder.rungs}) == len(ladder.rungs)


def test_sentences_say_each_noun_once() -> None:
    names = expanded([scopes.MANAGE_AUTOMATIONS, scopes.MANAGE_BLOCKS, scopes.MANAGE_WORKSPACE_SETTINGS])
    assert sentences(names) == [
        ("Blocks", ["View, create, edit and delete blocks.", "View the secrets in blocks."]),
        ("Automations", ["View, create, edit and delete automations."]),
        ("Workspace management", ["View and edit the workspace's settings.", "Delete the workspace itself."]),
    ]
    assert sentences(()) == []


def test_dangers_are_secrets_deleting_and_letting_in() -> None:
    assert dangers({scopes.SEE_FLOWS, scopes.WRITE_VARIABLES, scopes.RUN_DEPLOYMENTS}) == []
    assert dangers(expanded([scopes.MANAGE_BLOCKS, scopes.MANAGE_WORKSPACE_TEAMS])) == [
        ("Decides who gets in", ["teams of the workspace"]),
        ("Deletes", ["blocks"]),
        ("Reads secrets", ["the secrets in blocks"]),
    ]
    assert all(RUNGS[name].danger for name in scopes.ALL if name.startswith("manage_"))
