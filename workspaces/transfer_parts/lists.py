"""The part of objects with access lists: who is removed from the lists when a workspace changes its owner."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from orgs.models import Team
from rbac.access_list_rows import NameOnList, dump_lists, names_on_lists, remove_names, restore_lists
from workspaces.scoping import who_may_enter
from workspaces.transfer_parts.registry import CHANGES, Effect, Move, Part


def access_list_part(model: Any, *, name: str, noun: str) -> Part:
    """Return the part of the access lists of a model, whose objects are called `noun`, such as `deployment`."""

    def effects(move: Move) -> list[Effect]:
        return _effects(model, noun, move)

    def apply(move: Move) -> Any:
        lists = dump_lists(model, move.workspace.id)
        remove_names(model, move.workspace.id, keep=move.outlook.after.keys())
        return lists

    def restore(move: Move, snapshot: Any, transferred_at: datetime) -> None:
        names = {row.user_id for row in names_on_lists(model, move.workspace.id) if row.user_id is not None}
        # For lists of newer objects, which stay: as at the transfer, whoever may not enter is removed.
        remove_names(model, move.workspace.id, keep=who_may_enter(move.workspace, names))
        restore_lists(model, move.workspace.id, snapshot, created_until=transferred_at)

    title = f"Access lists of {noun}s"
    return Part(name=name, title=title, effects=effects, apply=apply, restore=restore)


def _effects(model: Any, noun: str, move: Move) -> list[Effect]:
    names = names_on_lists(model, move.workspace.id)
    removed: dict[UUID, set[UUID | int]] = defaultdict(set)
    for row in names:
        if row.user_id not in move.outlook.after:
            removed[row.object_id].add(row.user_id or row.group_id or 0)
    users, teams = _labels(names)
    titles = dict(model.objects.filter(workspace=move.workspace.id, id__in=removed).values_list("id", "name"))
    return sorted(
        (
            _effect(
                noun, key, title, sorted(users.get(who) or teams.get(who, "a deleted team") for who in removed[key])
            )
            for key, title in titles.items()
        ),
        key=lambda effect: (effect.name, effect.id),
    )


def _effect(noun: str, key: UUID, title: str, removed: list[str]) -> Effect:
    return Effect(
        kind=f"{noun.replace(' ', '_')}_access_list",
        id=str(key),
        name=title,
        outcome=CHANGES,
        reason=f"Removed from its access list: {', '.join(removed)}. Nobody else gains access.",
        before=tuple(removed),
        depends_on_target=True,
    )


def _labels(names: list[NameOnList]) -> tuple[dict[Any, str], dict[Any, str]]:
    users = User.actors.filter(id__in={row.user_id for row in names if row.user_id is not None})
    teams = Team.objects.filter(group__in={row.group_id for row in names if row.group_id is not None})
    return {user.id: user.name for user in users}, {
        group: f"team {name}" for group, name in teams.values_list("group", "name")
    }
