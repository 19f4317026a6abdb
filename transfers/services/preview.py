"""The preview of a transfer: what will happen, as JSON. The page, the API and the execution use the same one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from accounts.models import Account
from core.errors import Conflict
from orgs.plans import WHO_CAN_RAISE, terms_of_all
from rbac import builtin
from rbac.models import WorkspaceRole
from transfers.models import RefusedSource
from workspaces.addresses import check_workspace_handle
from workspaces.models import Workspace
from workspaces.retention.holds import ON_HOLD, is_held
from workspaces.transfer_parts.registry import Move, Usage, parts
from workspaces.trash.services import check_trash_has_room

HANDLE, LIMITS, TARGET = "handle", "limits", "target"
_TOLD_BY_TARGET = {HANDLE, LIMITS}  # problems that only people of the target may know
DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: a workspace, the account it goes to, its handle there, and the terms."""

    workspace: Workspace
    target: Account
    new_handle: str
    roles: Mapping[UUID, UUID | None]
    grace_seconds: int

    @property
    def move(self) -> Move:
        return Move(self.workspace, self.workspace.account, self.target, self.roles)


def preview(plan: Plan, *, move: Move | None = None, figures: bool = True) -> dict[str, Any]:
    """Return what the transfer will do, with problems that block it, and a hash of all that is approved.

    `figures` counts rows, which takes longer in a large workspace. They are not part of the hash.
    """
    move = move or plan.move
    limits = _limits(move, [used for part in parts() for used in part.usage(move)])
    shown: dict[str, Any] = {
        "workspace": {"id": str(plan.workspace.id), "handle": plan.workspace.handle, "name": plan.workspace.name},
        "source": _account(move.source),
        "target": _account(move.target),
        "new_handle": plan.new_handle,
        "grace_seconds": plan.grace_seconds,
        "parts": [
            {
                "name": part.name,
                "title": part.title,
                "effects": [asdict(effect) for effect in part.effects(move)],
                "figures": [asdict(figure) for figure in part.figures(move)] if figures else [],
            }
            for part in parts()
        ],
        "roles": _roles(move),
        "limits": limits,
        "problems": _problems(plan, move, limits),
    }
    return shown | {"hash": _hash(shown)}


def shown_to(preview: Mapping[str, Any], *, source: bool, target: bool) -> dict[str, Any]:
    """Return the preview as somebody may see it who belongs to the source, to the target, or to both.

    People outside of the target learn neither who belongs to it nor its handles, its limits and for how long it keeps
    data. So who keeps access is told as `depends`.
    """
    shown = dict(preview)
    shown["limits"] = [limit for limit in preview["limits"] if source if limit["side"] == "source"] + [
        limit for limit in preview["limits"] if target if limit["side"] == "target"
    ]
    if target:
        return shown
    shown["problems"] = [problem for problem in preview["problems"] if problem["category"] not in _TOLD_BY_TARGET]
    shown["parts"] = [
        part | {"figures": [], "effects": [told for effect in part["effects"] if (told := _outside(effect, preview))]}
        if any(effect["depends_on_target"] for effect in part["effects"])
        else part | {"figures": [figure for figure in part["figures"] if not figure.get("depends_on_target")]}
        for part in preview["parts"]
    ]
    return shown


def suggested_roles(workspace: Workspace, target: Account, *, of_target: bool) -> dict[UUID, UUID | None]:
    """Return a role of the target for each custom role that is granted in the workspace.

    That is the role with the same name if `of_target`, else the largest built-in role with no further scopes. None if
    there is none.
    """
    own = Move(workspace, workspace.account, target).outlook.own_roles
    same = WorkspaceRole.objects.filter(account=target, name__in=[role.name for role in own]) if of_target else ()
    by_name = {role.name: role.id for role in same}
    return {role.id: by_name.get(role.name) or _largest_within(role) for role in own}


def _largest_within(role: WorkspaceRole) -> UUID | None:
    fitting = [name for name, scopes in builtin.SCOPES.items() if scopes <= role.all_scopes]
    return builtin.IDS[max(fitting, key=lambda name: len(builtin.SCOPES[name]))] if fitting else None


def _account(account: Account) -> dict[str, str]:
    return {"id": str(account.id), "handle": account.handle, "kind": account.kind}


def _roles(move: Move) -> list[dict[str, Any]]:
    """Return each custom role of the source, and the one that takes its place."""
    new_ids = [new_id for new_id in move.roles.values() if new_id]
    found = WorkspaceRole.objects.usable_in(move.target).filter(id__in=new_ids)
    usable: dict[UUID | None, WorkspaceRole] = {role.id: role for role in found}
    return [_role(role, usable.get(move.roles.get(role.id))) for role in move.outlook.own_roles]


def _role(role: WorkspaceRole, new: WorkspaceRole | None) -> dict[str, Any]:
    return {
        "id": str(role.id),
        "name": role.name,
        "to": str(new.id) if new else None,
        "to_name": new.name if new else "",
    }


def _limits(move: Move, usage: Sequence[Usage]) -> list[dict[str, Any]]:
    terms = terms_of_all([move.source.id, move.target.id])
    return [
        {
            "side": side,
            "account": account.handle,
            "name": used.limit,
            "before": before,
            "after": after,
            "limit": terms[account.id].limit(used.limit),
        }
        for used in usage
        for side, account, before, after in (
            ("source", move.source, used.in_source, used.in_source - used.moving),
            ("target", move.target, used.in_target, used.in_target + used.moving),
        )
    ]


def _problems(plan: Plan, move: Move, limits: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    if move.source.id == move.target.id:
        return [_problem(TARGET, "The workspace belongs to this account already.")]
    found = [_problem(part.name, words) for part in parts() for words in part.problems(move)]
    if RefusedSource.objects.filter(account=move.target, source=move.source).exists():
        found.append(_problem(TARGET, f"{move.target.handle} accepts no workspaces from {move.source.handle}."))
    try:
        check_workspace_handle(move.target, plan.new_handle, besides=plan.workspace.id)
    except ValidationError as error:
        found.append(_problem(HANDLE, " ".join(error.messages)))
    try:
        check_trash_has_room(move.target)
    except ValidationError as error:
        found.append(_problem(LIMITS, " ".join(error.messages)))
    for limit in _exceeded(limits):
        if limit["side"] == "target":
            noun = limit["name"].replace("_", " ")
            words = (
                f"{move.target.handle} can have at most {limit['limit']:,} {noun} and would have {limit['after']:,}."
            )
            found.append(_problem(LIMITS, f"{words} {WHO_CAN_RAISE}"))
    return found


def _exceeded(limits: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the limits that are exceeded afterwards and not before."""
    return [
        limit
        for limit in limits
        if limit["limit"] is not None and limit["after"] > max(limit["limit"], limit["before"])
    ]


def check_may_return(move: Move) -> None:
    """Raise `Conflict` if a workspace on its way back is on legal hold, or its account has no room for it."""
    if is_held(move.workspace):
        raise Conflict(f"The workspace {ON_HOLD}")
    if _exceeded(_limits(move, [used for part in parts() for used in part.usage(move)])):
        raise Conflict(f"The plan of {move.target.handle} has no room for the workspace and its work pools.")


def _problem(category: str, message: str) -> dict[str, str]:
    return {"category": category, "message": message}


def raise_problem(shown: Mapping[str, Any]) -> None:
    """Raise `Conflict` with the first problem of a preview, if it has one."""
    if shown["problems"]:
        raise Conflict(shown["problems"][0]["message"])


def _outside(effect: Mapping[str, Any], preview: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an effect as people outside of the target may see it, or None if they may not know it at all."""
    if not effect["depends_on_target"]:
        return dict(effect)
    if effect["kind"].endswith("_access_list") or not effect["before"]:
        return None
    reason = f"Keeps access only as a member of {preview['target']['handle']}, by a direct role or as an admin."
    return dict(effect) | {"outcome": DEPENDS, "reason": reason, "after": ()}


def _hash(shown: Mapping[str, Any]) -> str:
    """Return the hash of what is approved. It is keyed, so that nobody can guess what they may not see."""
    facts = {
        "ids": [shown["workspace"]["id"], shown["source"]["id"], shown["target"]["id"]],
        "handles": [shown["workspace"]["handle"], shown["new_handle"]],
        "grace": shown["grace_seconds"],
        "roles": [[role["id"], role["to"]] for role in shown["roles"]],
        "problems": [problem["category"] for problem in shown["problems"]],
        "effects": [
            [
                part["name"],
                effect["kind"],
                effect["id"],
                effect["outcome"],
                list(effect["before"]),
                list(effect["after"]),
            ]
            for part in shown["parts"]
            for effect in part["effects"]
        ],
    }
    text = json.dumps(facts, sort_keys=True)
    return salted_hmac("transfers.preview", text, algorithm="sha256").hexdigest()
