"""Who may enter a workspace: roles given to people, service accounts and teams, and to everyone in the organization.

Owners and admins of the account need no grant. Nobody gives or takes away more scopes than they have.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import User
from auditlog.actors import Actor
from orgs.models import Membership, Team
from orgs.services.locks import hold_account
from orgs.services.members import remove_member
from orgs.services.teams import everyone_of
from rbac import grants, permissions
from rbac.models import Grant, WorkspaceRole
from workspaces.audit import record_in
from workspaces.models import Workspace


@transaction.atomic
def share_with(
    workspace: Workspace,
    who: User | Team,
    role: WorkspaceRole,
    *,
    actor: Actor,
    within: frozenset[str] | None = None,
) -> Grant:
    """Give an actor or a team a role here, in place of the one they had.

    `within`: the scopes of who asks, which neither role may exceed; None stands for the system. Raises PermissionDenied
    beyond them, ValidationError for a role of another account and for who does not belong to this one.
    """
    _hold(workspace)
    role = _as_it_is(role)
    _check_role(workspace, role)
    _check_belongs(workspace, who)
    known = _grant_of(workspace, who)
    before = known.role if known else None
    _check_within(within, role, before)
    grant = (
        grants.give(workspace.id, role, group=who.group)
        if isinstance(who, Team)
        else grants.give(workspace.id, role, user=who)
    )
    if before is None:
        _record(workspace, "created", grant, who, actor, role=role.name)
    elif before != role:
        _record(workspace, "updated", grant, who, actor, changes={"role": {"from": before.name, "to": role.name}})
    return grant


@transaction.atomic
def share_with_all(
    workspace: Workspace,
    wanted: Iterable[tuple[User | Team, WorkspaceRole]],
    *,
    actor: Actor,
    within: frozenset[str] | None = None,
) -> None:
    """Give several a role, all or none. Of two for the same one the last counts. Raises as `share_with`."""
    last = {who.id: (who, role) for who, role in wanted}
    _hold(workspace)
    _members(workspace, [who for who, _ in last.values() if isinstance(who, User)])
    # By role: calls about different workspaces that hold the same people and roles take them in the same order.
    for who, role in sorted(last.values(), key=lambda pair: pair[1].id):
        share_with(workspace, who, role, actor=actor, within=within)


@transaction.atomic
def stop_sharing(workspace: Workspace, who: User | Team, *, actor: Actor, within: frozenset[str] | None = None) -> bool:
    """Take back what `share_with` gave. A collaborator whose last workspace it was leaves the account, too.

    False when nothing was given. Raises PermissionDenied for a role beyond `within`.
    """
    _hold(workspace)
    grant = _grant_of(workspace, who)
    if grant is None:
        return False
    _check_within(within, grant.role)
    _record(workspace, "deleted", grant, who, actor, role=grant.role.name)
    grants.take(grant)
    if isinstance(who, User):
        _end_collaboration(workspace, who, actor)
    return True


@transaction.atomic
def leave_workspace(workspace: Workspace, *, user: User, actor: Actor) -> None:
    """Give up one's own role here. Raises ValidationError for who has none: there are other ways in.

    A collaborator whose last workspace it was leaves the account, too.
    """
    if not user.is_person:
        raise ValidationError("A service account cannot leave: its account decides where it works.", code="conflict")
    if not stop_sharing(workspace, user, actor=actor):
        raise ValidationError(
            "You have no role of your own to give up: you are in this workspace through its account, a team or the "
            "default role.",
            code="conflict",
        )


@transaction.atomic
def set_default_role(
    workspace: Workspace, role: WorkspaceRole | None, *, actor: Actor, within: frozenset[str] | None = None
) -> None:
    """What everyone in the organization may do here at least; None: nobody enters who was not let in.

    Raises as `share_with`, and ValidationError for a personal account's workspace, where there is nobody else.
    """
    everyone = everyone_of(workspace.account_id)
    if everyone is None:
        if role is not None:
            raise ValidationError("A personal account has no members for whom a default role could hold.")
        return
    if role is None:
        stop_sharing(workspace, everyone, actor=actor, within=within)
    else:
        share_with(workspace, everyone, role, actor=actor, within=within)


def default_role(workspace: Workspace) -> WorkspaceRole | None:
    """The role of everyone in the organization, if there is one."""
    grant = (
        Grant.objects.filter(workspace=workspace, group__team__everyone=True).select_related("role__inherits").first()
    )
    return grant.role if grant else None


def usable_role(workspace: Workspace, role_id: UUID) -> WorkspaceRole | None:
    """The built-in role, or the account's own, with this id."""
    usable = WorkspaceRole.objects.usable_in(workspace.account).select_related("inherits")
    return usable.filter(id=role_id).first()


def _hold(workspace: Workspace) -> None:
    """One change of a workspace's sharing at a time. Raises ValidationError when it is gone."""
    hold_account(workspace.account_id)
    if not list(Workspace.objects.select_for_update(no_key=True).filter(id=workspace.id).values_list("id")):
        raise ValidationError("This workspace is gone.", code="conflict")


def _as_it_is(role: WorkspaceRole) -> WorkspaceRole:
    """The role with the scopes it has now, which stay until the grant is written."""
    try:
        return grants.hold(role)
    except WorkspaceRole.DoesNotExist as error:
        raise ValidationError("This role is gone.", code="conflict") from error


def _check_role(workspace: Workspace, role: WorkspaceRole) -> None:
    if not role.is_built_in and role.account_id != workspace.account_id:
        raise ValidationError("There is no such role in this account.")


def _check_belongs(workspace: Workspace, who: User | Team) -> None:
    if isinstance(who, Team):
        if who.account_id != workspace.account_id:
            raise ValidationError("There is no such team in this account.")
    elif not _members(workspace, [who]):
        raise ValidationError(f"{who.name} does not belong to {workspace.account.handle}.")


def _members(workspace: Workspace, users: list[User]) -> list[Membership]:
    """The memberships of these in the account, held: one that ends takes its grants along, so none may come after."""
    found = Membership.objects.filter(account=workspace.account_id, user__in=users).order_by("id")
    return list(found.select_for_update(no_key=True))


def _check_within(within: frozenset[str] | None, *roles: WorkspaceRole | None) -> None:
    for role in roles:
        if within is not None and role is not None and not role.all_scopes <= within:
            raise PermissionDenied(f"The role {role.name} holds scopes that you do not have here.")


def _grant_of(workspace: Workspace, who: User | Team) -> Grant | None:
    held = Grant.objects.filter(workspace=workspace).select_related("role__inherits")
    return held.filter(group=who.group).first() if isinstance(who, Team) else held.filter(user=who).first()


def _end_collaboration(workspace: Workspace, user: User, actor: Actor) -> None:
    membership = Membership.objects.filter(
        account=workspace.account_id, user=user, role=permissions.COLLABORATOR
    ).first()
    if membership and not Grant.objects.filter(workspace__account=workspace.account_id, user=user).exists():
        remove_member(membership, actor=actor)


def _record(workspace: Workspace, what: str, grant: Grant, who: User | Team, actor: Actor, **detail: object) -> None:
    kind = "team" if isinstance(who, Team) else who.kind
    record_in(
        workspace,
        f"workspace-access.{what}",
        actor=actor,
        object_id=grant.id,
        object_name=str(who),
        accessor_id=str(who.id),
        accessor_kind=kind,
        **detail,
    )
