"""Who belongs to an account: added, given another role, suspended, removed.

An organization keeps an active person as its owner, and nobody gives or takes away more rights than they have.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import Account, User
from accounts.services.keys import revoke_key
from auditlog.actors import Actor
from orgs.models import Membership
from orgs.services.audit import record_for
from orgs.services.locks import hold_account
from orgs.services.teams import enter_everyone, leave_teams
from rbac import permissions
from rbac.grants import take_all


@transaction.atomic
def add_member(account: Account, *, user: User, role: str, actor: Actor) -> Membership:
    """A service account has no key from before. Raises ValidationError for who is a member already."""
    if Membership.objects.filter(account=account, user=user).exists():
        raise ValidationError(f"{user.name} belongs to {account.handle} already.", code="conflict")
    membership = Membership.objects.create(account=account, user=user, role=role)
    enter_everyone(membership)
    _record("created", membership, actor, role=role)
    _end_keys_of_service_account(user, actor)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, actor: Actor, within: frozenset[str] | None = None) -> None:
    """Give a member another account role. `within`: the rights of who asks, which neither role may exceed.

    A service account that gets more permissions loses its keys, which are held by who was to have no more than it had.
    Raises PermissionDenied beyond `within`, and ValidationError for the last owner.
    """
    row = _held(membership)
    check_within(within, row.role, role)
    if role not in permissions.ROLES:
        raise ValidationError("There is no such account role.")
    if role == row.role:
        return
    if row.account.kind == Account.PERSONAL and row.user.is_person and role != permissions.COLLABORATOR:
        raise ValidationError("In a personal account everybody but its person is a Collaborator.", code="conflict")
    if row.role == permissions.OWNER:
        keep_an_owner([row.account_id], without=row.user)
    before, row.role = row.role, role
    row.save(update_fields=["role", "updated"])
    membership.role = role
    enter_everyone(row)
    _record("updated", row, actor, changes={"role": {"from": before, "to": role}})
    if not permissions.ROLES[role] <= permissions.ROLES.get(before, frozenset()):
        _end_keys_of_service_account(row.user, actor)


@transaction.atomic
def set_active(membership: Membership, active: bool, *, actor: Actor, within: frozenset[str] | None = None) -> None:
    """Suspend a member, who keeps what was granted and reaches nothing of the account, or let them in again.

    A service account, which is in no other account, has keys that open nothing meanwhile. Raises as `change_role`.
    """
    row = _held(membership)
    check_within(within, row.role)
    if row.active == active:
        return
    if not active and row.role == permissions.OWNER:
        keep_an_owner([row.account_id], without=row.user)
    row.active = membership.active = active
    row.save(update_fields=["active", "updated"])
    if not row.user.is_person:
        User.actors.filter(id=row.user_id).update(is_active=active)
    _record("updated", row, actor, changes={"active": {"from": not active, "to": active}})


@transaction.atomic
def remove_member(membership: Membership, *, actor: Actor, within: frozenset[str] | None = None) -> None:
    """End a membership, with teams and every workspace that was granted. Raises as `change_role`."""
    row = _held(membership)
    check_within(within, row.role)
    if row.role == permissions.OWNER:
        keep_an_owner([row.account_id], without=row.user)
    _end(row, actor)


@transaction.atomic
def leave_account(account: Account, *, user: User, actor: Actor) -> None:
    """Give up one's membership. Raises ValidationError for the last owner and for one's personal account."""
    if not user.is_person:
        raise ValidationError("A service account cannot leave its account.", code="conflict")
    keep_an_owner([account.id], without=user)
    membership = Membership.objects.filter(account=account, user=user).select_related("account", "user").first()
    if membership is None:
        raise ValidationError("A personal account belongs to its person and cannot be left.", code="conflict")
    _end(membership, actor)


def keep_an_owner(accounts: Iterable[UUID], *, without: User) -> None:
    """Raise ValidationError when one of the organizations would have no active owner without this user.

    Holds the accounts until the transaction ends: of two owners who leave at once, one comes too late.
    """
    held = Account.objects.select_for_update(no_key=True).filter(id__in=accounts, kind=Account.ORGANIZATION)
    for account in list(held.order_by("id")):
        owners = Membership.objects.owners_of(account.id)
        if not owners.exclude(user=without).exists() and owners.exists():
            raise ValidationError(f"The organization {account.handle} would have no owner.", code="conflict")


def check_may_leave_everything(user: User) -> None:
    """Raise ValidationError while an organization would be left without an owner; in the transaction of the leaving."""
    mine = Membership.objects.filter(user=user)  # all: who is a member now may become the owner meanwhile
    keep_an_owner(list(mine.values_list("account_id", flat=True)), without=user)


def check_within(within: frozenset[str] | None, *roles: str) -> None:
    """Raise PermissionDenied when one of the account roles holds more than `within`; None stands for the operator."""
    for role in roles:
        if within is not None and not permissions.ROLES.get(role, frozenset()) <= within:
            raise PermissionDenied(f"Only somebody with the rights of an {role} may do this.")


def _end_keys_of_service_account(user: User, actor: Actor) -> None:
    if not user.is_person:
        for key_id in list(user.api_keys.values_list("id", flat=True)):
            revoke_key(user, key_id, actor=actor)


def _end(membership: Membership, actor: Actor) -> None:
    list(
        Membership.objects.select_for_update().filter(id=membership.id)
    )  # what is granted at this moment is seen below
    grants = take_all(membership.user, membership.account_id)
    leave_teams(membership)
    _record("deleted", membership, actor, role=membership.role, workspaces=grants)
    membership.delete()


def _held(membership: Membership) -> Membership:
    """The membership as it is now, held for this transaction. Raises ValidationError when it is gone."""
    hold_account(membership.account_id)
    row = Membership.objects.select_related("account", "user").filter(id=membership.id).first()
    if row is None:
        raise ValidationError("This membership has ended.", code="conflict")
    return row


def _record(what: str, membership: Membership, actor: Actor, **detail: object) -> None:
    record_for(
        membership.account,
        f"account-membership.{what}",
        actor=actor,
        object_id=membership.id,
        object_name=str(membership.user),
        **detail,
    )
