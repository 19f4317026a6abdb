"""Build an account with a row in every table of a tenant, and somebody with every role."""

import random
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.keys import create_key
from accounts.services.people import create_user
from accounts.services.sessions import sessions_of
from auditlog.actors import Actor, system
from auditlog.chains import chain_new_entries
from auditlog.models import Checkpoint, Entry
from config.demo.rows import Rows
from config.demo.timeline import TimelineEntry
from core.db.ids import new_id
from core.db.policies import tenant_models
from orgs.models import AllowedNetwork, Domain, Invitation, Membership, Team
from orgs.services.domains import set_domains
from orgs.services.members import add_member
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import create_organization
from orgs.services.plans import set_account_plan
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account, rotate_key
from orgs.services.teams import add_to_team, create_team
from rbac import builtin, permissions, scopes
from rbac.access_lists import MANAGE, VIEW, AccessEntry, replace_list
from rbac.models import Grant, WorkspaceRole
from workspaces.access.sharing import share_with
from workspaces.audit_log.export_writing import write_export
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditExport, AuditStream
from workspaces.audit_log.services import request_export
from workspaces.concurrency.services.slots import acquire_slots
from workspaces.concurrency.services.tag_limits import set_tag_limit
from workspaces.deployments.schemas import DeploymentCreate, DeploymentUpdate
from workspaces.deployments.services.deployments import create_or_update_deployment, update_deployment
from workspaces.directory.deletion import delete_organization
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.retention.models import LegalHold, PruningProgress
from workspaces.retention.pruning import note_removed
from workspaces.retention.services import set_account_retention, set_workspace_retention
from workspaces.runs.models import FlowRun, FlowRunInput, TaskRun
from workspaces.runs.states import COMPLETED, PENDING, RUNNING
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable
from workspaces.work_pools.models import WorkQueue
from workspaces.work_pools.services.pools import create_pool, get_or_create_agent_pool
from workspaces.work_pools.services.queues import create_queue
from workspaces.work_pools.services.workers import note_heartbeat

ACTOR = system("isolation")
OWNER = f"account {permissions.OWNER}"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Caller:
    """Somebody with a role, as a program with a key and as a browser."""

    role: str
    user: User
    program: Client
    browser: Client | None  # None for service accounts, who cannot sign in
    key: str
    key_id: str


@dataclass(frozen=True)
class Side:
    """One account of the two. Every name and value in it holds `mark`, a word that occurs nowhere else."""

    mark: str
    account: Account
    workspace: Workspace
    ids: dict[str, str]
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def owner(self) -> Caller:
        return self.callers[OWNER]

    @property
    def tenants(self) -> set[str]:
        return {str(self.account.id), str(self.workspace.id)}


@transaction.atomic
def build_side() -> Side:
    """Create an organization with one of everything."""
    mark = "zq" + "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(10))
    founder = _person(mark, "founder")
    actor = founder.as_actor()
    account = create_organization(name=f"{mark} company", handle=f"{mark}-co", founder=founder, actor=actor)
    workspace = create_workspace(
        account, name=f"{mark} workspace", handle=f"{mark}-ws", description=f"The {mark} workspace", actor=actor
    )
    Account.objects.filter(id=account.id).update(location=f"{mark} street", billing_email=f"{mark}-bill@example.com")
    ids: dict[str, Any] = {
        "account_id": account.id, "workspace_id": workspace.id, "account_handle": account.handle,
        "workspace_handle": workspace.handle, "flow_name": f"{mark} flow", "variable_name": mark,
        "key": f"{mark}-input", "account_role_id": permissions.IDS[permissions.MEMBER],
    }  # fmt: skip
    side = Side(mark, account, workspace, {})
    _add_people(side, founder)
    ids |= _add_account_rows(side, founder) | _add_runs(side)
    ids |= _add_deployment(side, ids["flow_id"], actor)
    variable = create_variable(workspace, name=mark, value=f"{mark} value", tags=[f"{mark}-tag"], actor=actor)
    queue = _add_work_pool(side, actor)
    ids |= _add_concurrency_limit(side, actor)
    search = create_saved_search(workspace, name=f"{mark} view", filters=[], actor=actor)
    chain_new_entries()
    ids |= _add_export_and_stream(account, mark)
    ids |= {"work_queue_id": queue.id, "work_pool_id": queue.work_pool_id, "work_pool_name": mark}
    set_account_retention(account, {"runs": 90}, actor=actor)
    set_workspace_retention(workspace, {"runs": 60}, actor=actor)
    LegalHold.objects.create(workspace=workspace, reason=f"{mark} case", actor_name=mark)
    PruningProgress.objects.create(workspace=workspace, next_at=timezone.now())
    note_removed(account.id, "logs", 1, workspace=workspace)
    attic = create_workspace(account, name=f"{mark} attic", handle=f"{mark}-attic", actor=actor)
    delete_workspace(attic, actor=actor)
    lost = create_organization(name=f"{mark} lost", handle=f"{mark}-lost", founder=founder, actor=actor)
    delete_organization(lost, actor=actor)
    ids |= {"trashed_id": attic.id, "trashed_account_id": lost.id}
    ids |= {"variable_id": variable.id, "saved_search_id": search.id}
    ids |= {"entry_id": Entry.objects.filter(account_id=account.id).values_list("id", flat=True)[0]}
    ids |= {"checkpoint_id": Checkpoint.objects.filter(account_id=account.id).values_list("id", flat=True)[0]}
    side.ids.update({name: str(value) for name, value in ids.items()})
    return side


def empty_tables(side: Side) -> list[str]:
    """Return the tables of tenants that have no row of this side, so that nothing could be seen there."""
    return [model._meta.db_table for model in tenant_models() if not _has_row(model, side)]


def _has_row(model: Any, side: Side) -> bool:
    found: bool = model._default_manager.filter(**{f"{model.tenant_column}__in": side.tenants}).exists()
    return found


def _person(mark: str, role: str) -> User:
    handle = f"{mark}-{role.lower()}"
    return create_user(
        email=f"{handle}@{mark}.example", password=secrets.token_urlsafe(16), handle=handle,
        first_name=mark.title(), last_name=role,
    )  # fmt: skip


def _add_people(side: Side, founder: User) -> None:
    side.callers[OWNER] = _caller(OWNER, founder)
    for role in (permissions.ADMIN, permissions.MEMBER):
        person = _person(side.mark, f"account-{role}")
        add_member(side.account, user=person, role=role, actor=ACTOR)
        side.callers[f"account {role}"] = _caller(f"account {role}", person)
    helper = _person(side.mark, "helper")  # collaborators belong to personal accounts
    add_member(founder.personal_account, user=helper, role=permissions.COLLABORATOR, actor=ACTOR)
    side.callers[f"account {permissions.COLLABORATOR}"] = _caller(f"account {permissions.COLLABORATOR}", helper)
    for role in builtin.SCOPES:
        person = _person(side.mark, role)
        add_member(side.account, user=person, role=permissions.MEMBER, actor=ACTOR)
        share_with(side.workspace, person, _builtin(role), actor=ACTOR)
        side.callers[f"workspace {role}"] = _caller(f"workspace {role}", person)


def _caller(role: str, user: User) -> Caller:
    row, key = create_key(user, name=f"{user.first_name} laptop", expires_at=None, actor=user.as_actor())
    browser = Client(SERVER_NAME=ADDRESS, raise_request_exception=False)
    browser.force_login(user)
    return Caller(role, user, _program(key), browser, key, str(row.id))


def _program(key: str) -> Client:
    return Client(SERVER_NAME=ADDRESS, raise_request_exception=False, headers={"Authorization": f"Bearer {key}"})


def _builtin(role: str) -> WorkspaceRole:
    return WorkspaceRole.objects.get(account=None, name=role)


def _add_account_rows(side: Side, founder: User) -> dict[str, Any]:
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
    share_with(workspace, bot, _builtin(builtin.OWNER), actor=actor)
    side.callers["service account"] = Caller("service account", bot, _program(key), None, key, str(row.id))
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


def _add_export_and_stream(account: Account, mark: str) -> dict[str, Any]:
    """Add an export of the audit log and a stream that no worker sends, and return their ids."""
    export = request_export(account, kind=AuditExport.CSV, entry_filter=EntryFilter(), actor=ACTOR)
    write_export(export.id)
    stream = AuditStream.objects.create(
        account=account, address=f"https://{mark}.example/", secret=mark, next_attempt_at=timezone.now()
    )
    return {"export_id": export.id, "stream_id": stream.id}


def _add_work_pool(side: Side, actor: Actor) -> WorkQueue:
    """Add a work pool with a queue and a worker, all with the same name, and return the queue."""
    pool = create_pool(side.workspace, {"name": side.mark, "type": "process", "description": side.mark}, actor=actor)
    create_queue(get_or_create_agent_pool(side.workspace, actor=actor), {"name": side.mark}, actor=actor)
    note_heartbeat(pool, side.mark, interval=30, integrations=[], actor=actor)
    return create_queue(pool, {"name": side.mark, "description": side.mark}, actor=actor)


def _add_concurrency_limit(side: Side, actor: Actor) -> dict[str, Any]:
    """Add the limit of a tag, with a lease, and return their ids."""
    limit, _ = set_tag_limit(side.workspace, side.mark, 5, actor=actor)
    acquired = acquire_slots(side.workspace, [limit.name], 1)
    return {"limit_id": limit.id, "id_or_name": limit.id, "tag": side.mark, "lease_id": acquired.lease_id}


def _add_deployment(side: Side, flow_id: UUID, actor: Actor) -> dict[str, Any]:
    """Add a deployment with a schedule, two versions and an access list, and return the ids."""
    mark = side.mark
    fields: dict[str, Any] = {
        "name": f"{mark} deployment", "flow_id": flow_id, "description": mark, "tags": [f"{mark}-tag"],
        "parameters": {mark: mark}, "version_info": {"type": mark, "version": "1"},
        "schedules": [{"schedule": {"cron": "0 6 * * *"}, "slug": mark}],
    }  # fmt: skip
    row, _ = create_or_update_deployment(
        side.workspace, DeploymentCreate.model_validate(fields), pool=None, existing=None, actor=actor
    )
    body = DeploymentUpdate.model_validate({"version_info": {"type": mark, "version": "2"}})
    update_deployment(row, body, pool=None, actor=actor)
    viewer = side.callers[f"workspace {builtin.VIEWER}"].user
    team = Team.objects.get(account=side.account, everyone=False)
    managers = AccessEntry(users=frozenset({viewer.id}), groups=frozenset({team.group_id}))
    entries = {VIEW: AccessEntry(everyone=True), MANAGE: managers}
    replace_list(row, entries)
    row.refresh_from_db()
    return {
        "deployment_id": row.id, "deployment_name": row.name, "schedule_id": row.schedules.get().id,
        "version_id": row.versions.earliest("id").id,
        "resource_id": f"prefect.deployment.{row.id}",
    }  # fmt: skip


def _add_runs(side: Side) -> dict[str, Any]:
    """Add a flow, its runs and what they leave, and return the ids."""
    mark, now = side.mark, timezone.now()
    began = now - timedelta(minutes=5)
    rows = Rows(side.workspace, now, random.Random(secrets.randbits(64)))  # noqa: S311  ids of rows, no secrets
    flow = rows.flow(f"{mark} flow", began)
    timeline = [TimelineEntry(began, PENDING, message=mark)]
    timeline.append(TimelineEntry(began + timedelta(seconds=1), RUNNING, message=mark))
    run = FlowRun(
        id=new_id(), workspace=side.workspace, flow=flow, name=f"{mark} run", tags=[f"{mark}-tag"],
        parameters={mark: mark},
    )  # fmt: skip
    rows.flow_run(run, timeline)
    task = TaskRun(
        id=new_id(), workspace=side.workspace, flow_run=run, name=f"{mark} task", task_key=f"{mark}-0",
        dynamic_key="0", tags=[f"{mark}-tag"],
    )  # fmt: skip
    rows.task_run(task, [*timeline, TimelineEntry(now, COMPLETED, message=mark)])
    child = FlowRun(id=new_id(), workspace=side.workspace, flow=flow, name=f"{mark} child", parent_task_run=task)
    rows.flow_run(child, timeline)
    rows.log(now, f"{mark} line", flow_run=run, task_run=task)
    rows.save()
    FlowRunInput.objects.create(
        workspace=side.workspace, flow_run=run, key=f"{mark}-input", value=f'"{mark}"', sender=mark
    )
    event = Event.objects.filter(workspace=side.workspace).latest("id")
    return {
        "flow_id": flow.id, "flow_run_id": run.id, "child_run_id": child.id, "task_run_id": task.id,
        "flow_run_state_id": rows.flow_run_states[0].id, "task_run_state_id": rows.task_run_states[0].id,
        "log_id": rows.logs[0].id, "event_id": event.id,
    }  # fmt: skip
