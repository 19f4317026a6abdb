"""Add a row to every table of an account."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account, User
from accounts.services.sessions import sessions_of
from auditlog.models import Checkpoint, Entry
from config.isolation.people import api_client, builtin_role
from config.isolation.side import ACTOR, ADDRESS, Caller, Side
from core.db.ids import new_id
from orgs.models import AllowedNetwork, Domain, Invitation, Membership, Team
from orgs.services.domains import set_domains
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import create_organization
from orgs.services.plans import set_account_plan
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account, rotate_key
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions, scopes
from rbac.models import Grant
from transfers.models import RefusedSource
from transfers.services.preview import Plan
from transfers.services.requests import start
from workspaces.access.sharing import share_with
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.services import request_export
from workspaces.directory.deletion import delete_organization
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.retention.pruning import note_removed
from workspaces.retention.services import set_account_retention


def add_members_and_settings(side: Side, founder: User) -> dict[str, Any]:
    """Add a service account, a team, a role, an invitation, a network and a domain, and return their ids."""
    mark, account, workspace, actor = side.mark, side.account, side.workspace, founder.as_actor()
    member = side.callers[f"account {permissions.MEMBER}"].user
    viewer = side.callers[f"workspace {builtin.VIEWER}"].user
    role = create_role(account, name=f"{mark} role", description=mark, scopes=[scopes.SEE_FLOWS], actor=actor)
    team = create_team(account, name=f"{mark} team", description=f"{mark} people", actor=actor)
    add_to_team(team, [viewer], actor=actor)
    share_with(workspace, team, role, actor=actor)
    bot, old_key, _ = create_service_account(account, name=f"{mark} bot", actor=actor)
    row, key = rotate_key(bot, grace=timedelta(hours=1), actor=actor)
    share_with(workspace, bot, builtin_role(builtin.OWNER), actor=actor)
    side.callers["service account"] = Caller("service account", bot, api_client(key), None, key, str(row.id))
    set_account_plan(account, {"note": f"{mark} contract"}, actor=ACTOR)
    set_domains(account, [f"{mark}.example"], actor=actor)
    set_networks(account, [Network("127.0.0.0/8", description=f"{mark} office")], address=ADDRESS, actor=actor)
    soon = timezone.now() + timedelta(days=1)
    invitation = Invitation.objects.create(
        account=account, email=f"{mark}-guest@example.com", role=permissions.MEMBER, workspace=workspace,
        workspace_role=role, digest=secrets.token_hex(32), invited_by=founder, sent_at=timezone.now(), expires_at=soon,
    )  # fmt: skip
    return {
        "role_id": role.id, "team_id": team.id, "bot_id": bot.id, "key_id": old_key.id, "invitation_id": invitation.id,
        "user_id": viewer.id, "member_id": member.id, "user_key_id": viewer.api_keys.values_list("id", flat=True)[0],
        "membership_id": Membership.objects.get(account=account, user=viewer).id,
        "bot_access_id": Grant.objects.get(workspace=workspace, user=bot).id,
        "user_access_id": Grant.objects.get(workspace=workspace, user=viewer).id,
        "team_access_id": Grant.objects.get(workspace=workspace, group=team.group).id,
        "network_id": AllowedNetwork.objects.get(account=account).id,
        "domain_id": Domain.objects.get(account=account).id,
        "everyone_id": Team.objects.get(account=account, everyone=True).id,
        "session_id": next((session.id for session in sessions_of(viewer)), new_id()),
    }  # fmt: skip


def add_audit_log_rows(side: Side) -> dict[str, Any]:
    """Add an export and a stream of the audit log. Return their ids, and those of an entry and of a checkpoint."""
    account, mark = side.account, side.mark
    export = request_export(account, kind=AuditExport.CSV, entry_filter=EntryFilter(), actor=ACTOR)
    write_export(export.id)
    stream = AuditStream.objects.create(
        account=account, address=f"https://{mark}.example/", secret=mark, next_attempt_at=timezone.now()
    )
    return {
        "export_id": export.id,
        "stream_id": stream.id,
        "entry_id": Entry.objects.filter(account_id=account.id).values_list("id", flat=True)[0],
        "checkpoint_id": Checkpoint.objects.filter(account_id=account.id).values_list("id", flat=True)[0],
    }


def add_trash(side: Side, founder: User) -> dict[str, Any]:
    """Move a workspace of the account and another organization of the founder to the trash. Return their ids."""
    mark, actor = side.mark, founder.as_actor()
    attic = create_workspace(side.account, name=f"{mark} attic", handle=f"{mark}-attic", actor=actor)
    delete_workspace(attic, actor=actor)
    lost = create_organization(name=f"{mark} lost", handle=f"{mark}-lost", founder=founder, actor=actor)
    delete_organization(lost, actor=actor)
    return {"trashed_id": attic.id, "trashed_account_id": lost.id}


def add_account_retention(side: Side, founder: User) -> None:
    """Set how long the account keeps runs, and add a line to its history of removed rows."""
    set_account_retention(side.account, {"runs": 90}, actor=founder.as_actor())
    note_removed(side.account.id, "logs", 1, workspace=side.workspace)


def add_transfer(side: Side, founder: User) -> dict[str, Any]:
    """Request the transfer of a workspace from the founder's account to this one, and refuse further requests.

    The request waits for approval. Returns the ids of the transfer and of the founder's account.
    """
    source, mark = Account.objects.get(user=founder), side.mark
    workspace = create_workspace(source, name=f"{mark} gift", handle=f"{mark}-gift", actor=founder.as_actor())
    plan = Plan(workspace, side.account, f"{mark}-gift", {}, 0)
    transfer = start(plan, user=founder, actor=founder.as_actor(), target_is_open=False)
    RefusedSource.objects.create(account=side.account, source=source)
    return {"transfer_id": transfer.id, "source_id": source.id}
