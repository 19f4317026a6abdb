"""Sharing a workspace: granting roles there to people, service accounts and teams, and revoking them.

Owners and admins of the account need no grant. Nobody can grant or revoke a role with more scopes than they hold.
"""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import Account, User
from auditlog.actors import Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound
from orgs.models import Membership, Team
from orgs.models.plans import WORKSPACE_ACCESS
from orgs.plans import require_feature
from orgs.services.invitation_endings import end_invitations_of_member
from orgs.services.locks import lock_account
from orgs.services.members import remove_member
from rbac import grants, permissions
from rbac.models import Grant, WorkspaceRole
from rbac.role_choices import check_usable
from workspaces.audit import record_in
from workspaces.caps import lock_workspace
from workspaces.models import Workspace


@transaction.atomic
def share_with(
    workspace: Workspace,
    grantee: User | Team,
    role: WorkspaceRole,
    *,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> Grant:
    """Grant a role in the workspace to an actor or a team, in place of the one they had.

    Neither the new nor the old role may have more than `granter_scopes`, the caller's scopes in the workspace. None
    skips this check: the system grants, or the caller's scopes were checked before. A pending invitation of a person to
    the workspace of a personal account ends. Raises `Forbidden` if a role has more, `Invalid` for a role of another
    account and for a grantee who does not belong to the account, and `Conflict` if the workspace or the role was
    deleted. Raises `Forbidden` as well if the account's plan has no roles in single workspaces.
    """
    lock_account_and_workspace(workspace)
    require_feature(workspace.account, WORKSPACE_ACCESS)
    role = _lock_role(role)
    check_usable(role, workspace.account_id)
    _check_belongs(workspace, grantee)
    old_grant = _grant_of(workspace, grantee)
    old_role = old_grant.role if old_grant else None
    check_granter(granter_scopes, role, old_role)
    grant = (
        grants.grant_role(workspace.id, role, group=grantee.group)
        if isinstance(grantee, Team)
        else grants.grant_role(workspace.id, role, user=grantee)
    )
    if old_role is None:
        _record(workspace, "created", grant, grantee, actor, role=role.name)
        if isinstance(grantee, User) and grantee.is_person and workspace.account.kind == Account.PERSONAL:
            end_invitations_of_member(workspace.account, grantee, actor=actor, workspace=workspace)
    elif old_role != role:
        changes = {"role": {"from": old_role.name, "to": role.name}}
        _record(workspace, "updated", grant, grantee, actor, changes=changes)
    return grant


@transaction.atomic
def share_with_all(
    workspace: Workspace,
    roles: Iterable[tuple[User | Team, WorkspaceRole]],
    *,
    actor: Actor,
    granter_scopes: frozenset[str] | None = None,
) -> None:
    """Grant a role to each actor and team, or change nothing. If a grantee is named twice, the last role counts.

    Raises the errors of `share_with`.
    """
    last_roles = {grantee.id: (grantee, role) for grantee, role in roles}
    lock_account_and_workspace(workspace)
    lock_memberships(workspace, [grantee for grantee, _ in last_roles.values() if isinstance(grantee, User)])
    # In the order of roles, so that calls for different workspaces lock the same roles in the same order.
    for grantee, role in sorted(last_roles.values(), key=lambda pair: pair[1].id):
        share_with(workspace, grantee, role, actor=actor, granter_scopes=granter_scopes)


@transaction.atomic
def stop_sharing(
    workspace: Workspace, grantee: User | Team, *, actor: Actor, granter_scopes: frozenset[str] | None = None
) -> bool:
    """Revoke the role granted to the actor or team itself. Returns False if there is none.

    A collaborator who has no other workspace in the account also leaves the account. Raises `Forbidden` if the role
    exceeds `granter_scopes`, and `Conflict` if the workspace was deleted.
    """
    lock_account_and_workspace(workspace)
    grant = _grant_of(workspace, grantee)
    if grant is None:
        return False
    check_granter(granter_scopes, grant.role)
    _record(workspace, "deleted", grant, grantee, actor, role=grant.role.name)
    grants.revoke(grant)
    if isinstance(grantee, User):
        _end_collaboration(workspace, grantee, actor)
    return True


@transaction.atomic
def leave_workspace(workspace: Workspace, *, user: User, actor: Actor) -> None:
    """Give up the user's direct role. A collaborator who has no other workspace in the account leaves it, too.

    Raises `Conflict` for a service account, and for a user whose access comes from the account, a team or the default
    role.
    """
    if not user.is_person:
        raise Conflict("A service account cannot leave a workspace.")
    if not stop_sharing(workspace, user, actor=actor):
        raise Conflict(
            "You have no direct role to give up: you have access by your account role, a team or the default role.",
        )


def direct_role(workspace: Workspace, grantee: User | Team) -> WorkspaceRole | None:
    """Return the role that was granted to this actor or team itself."""
    grant = _grant_of(workspace, grantee)
    return grant.role if grant else None


def lock_account_and_workspace(workspace: Workspace) -> None:
    """Lock both, so that one change of the workspace's grants runs at a time.

    Raises `Conflict` if the workspace was deleted or has another owner now.
    """
    lock_account(workspace.account_id)
    try:
        lock_workspace(workspace)
    except NotFound as error:
        raise Conflict("This workspace was deleted.") from error
    if not Workspace.objects.filter(id=workspace.id, account=workspace.account_id).exists():
        raise Conflict("This workspace was transferred to another account.")


def _lock_role(role: WorkspaceRole) -> WorkspaceRole:
    """Lock the role, so that its scopes stay as they are until the grant is written. Raises `Conflict` if deleted."""
    try:
        return grants.lock_role(role)
    except WorkspaceRole.DoesNotExist as error:
        raise Conflict("This role was deleted.") from error


def _check_belongs(workspace: Workspace, grantee: User | Team) -> None:
    """Raise `Invalid` unless the team is the account's, or the actor has a membership, which is locked."""
    if isinstance(grantee, Team):
        if grantee.account_id != workspace.account_id:
            raise Invalid("There is no such team in this account.")
    elif not lock_memberships(workspace, [grantee]):
        raise Invalid(f"{grantee.name} is not a member of {workspace.account.handle}.")


def lock_memberships(workspace: Workspace, users: list[User]) -> list[Membership]:
    """Lock and return the users' memberships.

    A membership that ends takes its grants along, so no grant may be created while it is ending.
    """
    memberships = Membership.objects.filter(account=workspace.account_id, user__in=users).order_by("id")
    return list(memberships.select_for_update(no_key=True))


def check_granter(granter_scopes: frozenset[str] | None, *roles: WorkspaceRole | None) -> None:
    """Raise `Forbidden` if one of the roles has more than `granter_scopes`. None among the roles is ignored."""
    for role in roles:
        if granter_scopes is not None and role is not None and not role.holds_at_most(granter_scopes):
            raise Forbidden(f"The role {role.name} holds scopes that you do not have here.")


def _grant_of(workspace: Workspace, grantee: User | Team) -> Grant | None:
    rows = Grant.objects.filter(workspace=workspace).select_related("role__inherits")
    return rows.filter(group=grantee.group).first() if isinstance(grantee, Team) else rows.filter(user=grantee).first()


def _end_collaboration(workspace: Workspace, user: User, actor: Actor) -> None:
    """Remove a collaborator from the account if they have no grant left in any of its workspaces."""
    memberships = Membership.objects.filter(account=workspace.account_id, user=user, role=permissions.COLLABORATOR)
    membership = memberships.first()
    if membership and not Grant.objects.filter(workspace__account=workspace.account_id, user=user).exists():
        remove_member(membership, actor=actor)


def _record(
    workspace: Workspace, what: str, grant: Grant, grantee: User | Team, actor: Actor, **detail: object
) -> None:
    record_in(
        workspace,
        f"workspace-access.{what}",
        actor=actor,
        object_id=grant.id,
        object_name=str(grantee),
        accessor_id=str(grantee.id),
        accessor_kind="team" if isinstance(grantee, Team) else grantee.kind,
        **detail,
    )
