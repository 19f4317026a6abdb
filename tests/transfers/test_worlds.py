"""In generated worlds, the preview is what happens, and undo restores everything.

`TRANSFER_WORLDS=500` runs more worlds than the usual 25.
"""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from accounts.models import ApiKey
from orgs.models import Invitation
from rbac.models import Grant
from tests.transfers.worlds import World, WorldPlan, build, matrix, world_plans
from transfers.models import APPROVED, COMPLETED, UNDONE, Transfer
from transfers.services.execution import carry_out, undo
from transfers.services.preview import Plan
from transfers.services.requests import approve, start
from workspaces.models import FormerAddress, Workspace
from workspaces.work_pools.models import WorkPool

WORLDS = int(os.environ.get("TRANSFER_WORLDS", "25"))


@pytest.mark.django_db
@settings(
    max_examples=WORLDS,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes, because worlds are built in the database
    derandomize=WORLDS <= 25,
    suppress_health_check=list(HealthCheck),
)
@given(plan=world_plans)
def test_preview_equals_outcome_and_undo_restores(plan: WorldPlan) -> None:
    with transaction.atomic():
        _check(build(plan))
        transaction.set_rollback(True)


def _check(world: World) -> None:
    before = matrix(world)
    counts = _limited_counts(world)
    transfer = start(
        Plan(world.workspace, world.target, "moved", world.mapping, 3600),
        user=world.starter,
        actor=world.starter.as_actor(),
    )
    if transfer.status != APPROVED:
        transfer = approve(
            transfer, preview_hash=transfer.preview_hash, user=world.approver, actor=world.approver.as_actor()
        )
    expected = Plan(world.workspace, world.target, "moved", world.mapping, 3600).move.outlook
    assert carry_out(transfer.id)
    assert not carry_out(transfer.id)
    transfer.refresh_from_db()
    assert transfer.status == COMPLETED
    after = matrix(world)

    effects = [effect | {"part": part["name"]} for part in transfer.preview["parts"] for effect in part["effects"]]
    _check_access(world, effects, before, after, expected)
    _check_lists(effects, before, after)
    _check_invitations(effects, before, after)
    limits = sorted(transfer.preview["limits"], key=lambda limit: str(limit["side"]))
    assert [(limit["before"], limit["after"]) for limit in limits] == list(
        zip(counts, _limited_counts(world), strict=True)
    )
    assert after["owner"] == (world.target.id, "moved")
    assert FormerAddress.objects.filter(workspace=world.workspace, account=world.source, handle="moving").exists()

    undone = undo(_fresh(transfer), user=_owner(world), actor=world.starter.as_actor())
    assert undone.status == UNDONE
    assert matrix(world) == before


def _check_access(world: World, effects: list[dict[str, Any]], before: Any, after: Any, expected: Any) -> None:
    told = {effect["id"]: effect["outcome"] for effect in effects if effect["kind"] in ("user", "service_account")}
    real = {}
    for user in world.everybody:
        was, now = before["access"][user.id] is not None, after["access"][user.id] is not None
        if was or now:
            real[str(user.id)] = "keeps" if was and now else "loses" if was else "gains"
        if now:
            assert after["access"][user.id][0] == expected.scopes_after(user.id)
    assert told == real
    keys = ApiKey.objects.filter(user__in=[key for key, outcome in real.items() if outcome == "loses"]).count()
    assert keys == 0
    teams = {effect["id"] for effect in effects if effect["kind"] in ("team", "default_role")}
    assert len(teams) == len([1 for _, _, _, group, _ in before["grants"] if group])
    assert not Grant.objects.filter(workspace=world.workspace, group__isnull=False).exists()


def _check_lists(effects: list[dict[str, Any]], before: Any, after: Any) -> None:
    told = {effect["id"]: len(effect["before"]) for effect in effects if effect["kind"].endswith("_access_list")}
    real: dict[str, set[Any]] = {}
    for was, now in zip(before["lists"], after["lists"], strict=True):
        assert now <= was
        for object_id, _, name in was - now:
            real.setdefault(str(object_id), set()).add(name)
    assert told == {key: len(names) for key, names in real.items()}
    assert after["restricted"] == before["restricted"]


def _check_invitations(effects: list[dict[str, Any]], before: Any, after: Any) -> None:
    told = {effect["id"] for effect in effects if effect["kind"] == "invitation"}
    changed = {str(row[0]) for row in before["invitations"] - after["invitations"] if row[3] == Invitation.PENDING}
    assert told == changed
    assert all(row[1] is None for row in after["invitations"])


def _limited_counts(world: World) -> list[int]:
    return [
        rows.count()
        for account in (world.source, world.target)
        for rows in (
            Workspace.objects.filter(account=account),
            WorkPool.objects.filter(workspace__account=account),
        )
    ]


def _owner(world: World) -> Any:
    """Return an owner of one side: the person of a personal account, or an admin who is made owner here."""
    for account, person in ((world.source, world.starter), (world.target, world.approver)):
        if account.user_id == person.id:
            return person
    world.source.memberships.filter(user=world.starter).update(role="Owner")
    return world.starter


def _fresh(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(id=transfer.id)
