"""Create, change and delete plans, and set the plan of an account and what differs from it. Operators do this.

A lower limit deletes nothing: it refuses new objects as long as there are too many.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from auditlog.services import record
from core.db.unique import refuse_taken
from core.errors import Conflict, Invalid
from core.names import check_name
from orgs.models.plans import FEATURES, NUMBERS, AccountPlan, Plan
from orgs.plans import forget_rates
from orgs.services.audit import record_for
from orgs.services.locks import lock_account

PLAN_FIELDS = ("name", "description", "is_default", *NUMBERS, *FEATURES.values())
OWN_FIELDS = ("plan", *NUMBERS, *FEATURES.values(), "note")
_TAKEN = "There is a plan with this name."


@transaction.atomic
def create_plan(fields: Mapping[str, Any], *, actor: Actor) -> Plan:
    """Create a plan. `fields` are some of PLAN_FIELDS; the others do not limit anything.

    Raises `Invalid` if a number is out of its range or the name is not valid, and `Taken` if a plan has the name.
    """
    plan = Plan(**fields)
    _check(plan)
    _lock_plans()
    _save(plan)
    _record("created", plan, actor, **_changes({field: (None, _shown(plan, field)) for field in fields}))
    return plan


@transaction.atomic
def update_plan(plan: Plan, fields: Mapping[str, Any], *, actor: Actor) -> None:
    """Change the given fields of a plan, for all accounts that have it.

    Raises the errors of `create_plan`, `Conflict` if the plan was deleted, and `Invalid` if it would stop being the
    default plan: make another one the default instead.
    """
    _lock_plans()
    row = Plan.objects.filter(id=plan.id).first()
    if row is None:
        raise Conflict("This plan was deleted.")
    if row.is_default and not fields.get("is_default", True):
        raise Invalid("There is always a default plan. Make another plan the default instead.")
    changes = _assign(row, fields)
    if not changes:
        return
    before = row.name if "name" not in changes else str(changes["name"][0])
    _check(row)
    _save(row)
    _record("updated", row, actor, name=before, **_changes(changes))


@transaction.atomic
def delete_plan(plan: Plan, *, actor: Actor) -> None:
    """Delete a plan. Raises `Conflict` if it is the default or an account has it. Does nothing if it was deleted."""
    _lock_plans()
    row = Plan.objects.filter(id=plan.id).first()
    if row is None:
        return
    if row.is_default:
        raise Conflict("The default plan cannot be deleted. Make another plan the default first.")
    if row.accounts.exists():
        raise Conflict("Accounts have this plan. Give them another one first.")
    _record("deleted", row, actor)
    row.delete()


@transaction.atomic
def set_account_plan(account: Account, fields: Mapping[str, Any], *, actor: Actor) -> None:
    """Set the plan of an account and what differs from it. `fields` are some of OWN_FIELDS; the others do not change.

    For `plan`, None is the default plan. In the other fields, None is what the plan says, and UNLIMITED is no limit.
    Raises `Invalid` if a number is out of its range, and `Conflict` if the plan was deleted.
    """
    lock_account(account.id)
    if (plan := fields.get("plan")) and not Plan.objects.select_for_update(no_key=True).filter(id=plan.id):
        raise Conflict("This plan was deleted.")
    row = AccountPlan.objects.select_related("plan").filter(account=account).first() or AccountPlan(account=account)
    changes = _assign(row, fields)
    if not changes:
        return
    row.clean()
    row.save()
    transaction.on_commit(forget_rates)
    noted = changes.pop("note", None) is not None  # the admins of the account read its entries, but not the note
    record_for(
        account,
        "account-plan.updated",
        actor=actor,
        object_id=account.id,
        object_name=account.handle,
        **_changes(changes),
        **({"note_changed": True} if noted else {}),
    )


def _lock_plans() -> None:
    """Lock all plans, of which there are few, so that one change runs at a time and one plan stays the default."""
    list(Plan.objects.select_for_update().order_by("id").values_list("id"))


def _assign(row: Plan | AccountPlan, fields: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Assign the fields, and return those that changed with their old and new values."""
    before = {field: _shown(row, field) for field in fields}
    for field, value in fields.items():
        setattr(row, field, value)
    changed = {field: (old, _shown(row, field)) for field, old in before.items()}
    return {field: (old, new) for field, (old, new) in changed.items() if old != new}


def _shown(row: Plan | AccountPlan, field: str) -> Any:
    """Return a field's value for the audit log: a plan by its name."""
    value = getattr(row, field)
    return value.name if isinstance(value, Plan) else value


def _changes(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {"changes": {field: {"from": old, "to": new} for field, (old, new) in changes.items()}}


def _check(plan: Plan) -> None:
    if not plan.name.strip():
        raise Invalid("A plan needs a name.")
    check_name(plan.name)
    plan.clean()


def _save(plan: Plan) -> None:
    """Save the plan. If it is the default, no other plan is."""
    if plan.is_default:
        Plan.objects.filter(is_default=True).exclude(id=plan.id).update(is_default=False)
    with refuse_taken(_TAKEN):
        plan.save()
    transaction.on_commit(forget_rates)


def _record(what: str, plan: Plan, actor: Actor, *, name: str = "", **detail: Any) -> None:
    record(f"plan.{what}", actor=actor, object_id=plan.id, object_name=name or plan.name, **detail)
