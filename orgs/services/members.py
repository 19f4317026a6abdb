"""Add members to an account, change their role, suspend them and remove them.

An organization always keeps an active person as owner. `granter_scopes` are the actor's account permissions: nobody may
give a role with more permissions, nor change a member who has more. None stands for the operator.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction

from accounts.models import Account, User
from accounts.services.keys import revoke_key
from auditlog.actors import USER, Actor
from core.errors import Conflict, Forbidden, Invalid
from orgs.models import Membership
from orgs.plans import check_cap
from orgs.services.audit import record_for
from orgs.services.invitation_endings import end_invitations_of_member
from orgs.services.locks import lock_account
from orgs.services.teams import leave_teams, update_everyone_team
from rbac import permissions
from rbac.grants import revoke_all


@transaction.atomic
def add_member(account: Account, *, user: User, role: str, actor: Actor) -> Membership:
    """Add a member. If the user is a service account, its keys are revoked.

    The pending invitations of a person to the organization end, because they are no longer needed.
    Raises `Conflict` if they are already a member, and `Invalid` if the account has as many members as it may have.
    """
    if Membership.objects.filter(account=account, user=user).exists():
        raise Conflict(f"{user.name} is already a member of {account.handle}.")
    if user.is_person:
        lock_account(account.id)
        check_cap(account, people_of(role), Membership.objects.filter(account=account, user__kind=USER).count())
    membership = Membership.objects.create(account=account, user=user, role=role)
    update_everyone_team(membership)
    _record("created", membership, actor, role=role)
    if user.is_person:
        end_invitations_of_member(account, user, actor=actor)
    _revoke_service_account_keys(user, actor)
    return membership


def people_of(role: str) -> str:
    """Return the limit that a person with this account role counts for. All people of an account count for the same."""
    return "collaborators" if role == permissions.COLLABORATOR else "members"


@transaction.atomic
def change_role(
    membership: Membership, role: str, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> None:
    """Give a member another account role.

    If a service account gains permissions, its keys are revoked: their holders were trusted only with the old ones.
    Raises `Forbidden` if one of the roles has more than `granter_scopes`, `Conflict` if the member is the last owner or
    was removed, and `Invalid` if there is no such role.
    """
    row = _lock(membership)
    check_granter(granter_scopes, row.role, role)
    if role not in permissions.ROLES:
        raise Invalid("There is no such account role.")
    if role == row.role:
        return
    if row.account.kind == Account.PERSONAL and row.user.is_person and role != permissions.COLLABORATOR:
        raise Conflict("In a personal account everybody except its owner is a Collaborator.")
    if row.role == permissions.OWNER:
        check_keeps_owner([row.account_id], without=row.user)
    before, row.role = row.role, role
    row.save(update_fields=["role", "updated"])
    membership.role = role
    update_everyone_team(row)
    _record("updated", row, actor, changes={"role": {"from": before, "to": role}})
    if not permissions.ROLES[role] <= permissions.ROLES.get(before, frozenset()):
        _revoke_service_account_keys(row.user, actor)


@transaction.atomic
def set_active(
    membership: Membership, active: bool, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> None:
    """Suspend a member or end the suspension. A suspended member keeps their grants but cannot use the account.

    The keys of a suspended service account do not work. Raises the same errors as `change_role`.
    """
    row = _lock(membership)
    check_granter(granter_scopes, row.role)
    if row.active == active:
        return
    if not active and row.role == permissions.OWNER:
        check_keeps_owner([row.account_id], without=row.user)
    row.active = membership.active = active
    row.save(update_fields=["active", "updated"])
    if not row.user.is_person:
        User.actors.filter(id=row.user_id).update(is_active=active)
    _record("updated", row, actor, changes={"active": {"from": not active, "to": active}})


@transaction.atomic
def set_all_active(
    account: Account,
    membership_ids: Collection[UUID],
    active: bool,
    *,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Suspend all of these members, or end their suspension, or none if one cannot be changed.

    Raises `Invalid` if an id is not a membership of the account, and the errors of `set_active`. The person of a
    personal account, whom the account's id stands for, cannot be suspended: raises `Conflict`.
    """
    if account.user_id and account.id in membership_ids:
        raise Conflict("The owner of a personal account cannot be suspended.")
    rows = Membership.objects.select_related("user", "account").filter(account=account, id__in=membership_ids)
    memberships = list(rows.order_by("id"))
    if len(memberships) < len(membership_ids):
        raise Invalid("Not all of these memberships are in this account.")
    for membership in memberships:
        set_active(membership, active, actor=actor, granter_scopes=granter_scopes)


@transaction.atomic
def remove_member(membership: Membership, *, actor: Actor, granter_scopes: frozenset[str] | None = None) -> None:
    """Remove a member from the account, its teams and its workspaces. Raises the same errors as `change_role`."""
    row = _lock(membership)
    check_granter(granter_scopes, row.role)
    if row.role == permissions.OWNER:
        check_keeps_owner([row.account_id], without=row.user)
    _delete_membership(row, actor)


@transaction.atomic
def leave_account(account: Account, *, user: User, actor: Actor) -> None:
    """Remove a user from the account at their own request.

    Raises `Conflict` for the last owner, for the user's personal account, and for service accounts.
    """
    if not user.is_person:
        raise Conflict("A service account cannot leave its account.")
    check_keeps_owner([account.id], without=user)
    membership = Membership.objects.filter(account=account, user=user).select_related("account", "user").first()
    if membership is None:
        raise Conflict("You cannot leave your personal account.")
    _delete_membership(membership, actor)


def check_keeps_owner(accounts: Iterable[UUID], *, without: User) -> None:
    """Raise `Conflict` if one of the organizations would have no active owner without this user.

    Locks the accounts until the transaction ends, so that two owners who leave at once cannot both succeed.
    """
    organizations = Account.objects.select_for_update(no_key=True).filter(id__in=accounts, kind=Account.ORGANIZATION)
    for account in list(organizations.order_by("id")):
        owners = Membership.objects.owners_of(account.id)
        if not owners.exclude(user=without).exists() and owners.exists():
            raise Conflict(f"The organization {account.handle} would have no owner.")


def check_may_leave_everything(user: User) -> None:
    """Raise `Conflict` if one of the user's organizations would have no owner without them.

    Call it in the transaction that deletes or deactivates the user.
    """
    memberships = Membership.objects.filter(user=user)  # of any role, because a member may become an owner meanwhile
    check_keeps_owner(list(memberships.values_list("account_id", flat=True)), without=user)


def check_granter(granter_scopes: frozenset[str] | None, *roles: str) -> None:
    """Raise `Forbidden` if one of the account roles holds more than `granter_scopes`."""
    for role in roles:
        if granter_scopes is not None and not permissions.ROLES.get(role, frozenset()) <= granter_scopes:
            raise Forbidden(f"This takes the permissions of an {role}.")


def _revoke_service_account_keys(user: User, actor: Actor) -> None:
    if not user.is_person:
        for key_id in list(user.api_keys.values_list("id", flat=True)):
            revoke_key(user, key_id, actor=actor)


def _delete_membership(membership: Membership, actor: Actor) -> None:
    list(
        Membership.objects.select_for_update().filter(id=membership.id)
    )  # what is granted at this moment is seen below
    grants = revoke_all(membership.user, membership.account_id)
    leave_teams(membership)
    _record("deleted", membership, actor, role=membership.role, workspaces=grants)
    membership.delete()


def _lock(membership: Membership) -> Membership:
    """Lock the account of a membership. Return the membership's current row, or raise `Conflict` if it has ended."""
    lock_account(membership.account_id)
    row = Membership.objects.select_related("account", "user").filter(id=membership.id).first()
    if row is None:
        raise Conflict("This membership has ended.")
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
