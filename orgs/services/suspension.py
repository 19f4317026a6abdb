"""Suspend people, and end the suspension."""

from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import end_all_sessions
from auditlog.actors import Actor
from auditlog.services import record
from core.errors import Conflict
from orgs.models import Membership
from orgs.services.locks import lock_person
from orgs.services.members import check_may_leave_everything


@transaction.atomic
def suspend_person(user: User, *, actor: Actor) -> None:
    """Suspend a person: they are signed out, and neither their keys nor those of their service accounts work.

    Raises `Conflict` if the actor is the person, or if an organization would have no owner without them.
    """
    if actor.id == user.id:
        raise Conflict("You cannot suspend yourself.")
    person = lock_person(user)
    if person is None or not person.is_active:
        return
    check_may_leave_everything(person)
    person.is_active = False
    person.save(update_fields=["is_active", "updated"])
    _record("suspended", person, actor, sessions=_apply_suspension(person))


@transaction.atomic
def reactivate_person(user: User, *, actor: Actor) -> None:
    """End the suspension of a person. Their keys work again."""
    person = lock_person(user)
    if person is None or person.is_active:
        return
    person.is_active = True
    person.save(update_fields=["is_active", "updated"])
    _apply_suspension(person)
    _record("reactivated", person, actor)


def _apply_suspension(person: User) -> int:
    """Update the service accounts of a person's personal account after a change of `is_active`.

    They stop if the person is suspended, or work again as their memberships say. A suspended person is also signed out.
    Returns how many sessions ended. The caller has locked and saved the person's row.
    """
    account_id = person.personal_account_id
    if account_id is not None:
        working = Membership.objects.filter(account=account_id, active=True).values("user")
        own = User.actors.filter(home_account=account_id)
        if person.is_active:
            own = own.filter(id__in=working)
        own.update(is_active=person.is_active)
    return 0 if person.is_active else end_all_sessions(person)


def _record(what: str, person: User, actor: Actor, **detail: Any) -> None:
    record(
        f"user.{what}",
        actor=actor,
        account_id=person.personal_account_id,
        object_id=person.id,
        object_name=person.email,
        **detail,
    )
