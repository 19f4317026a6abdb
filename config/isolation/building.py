"""Build a side: an account with a row in every table of a tenant, and a user for each role."""

import secrets
from typing import Any

from django.db import transaction

from accounts.models import Account
from auditlog.chains import chain_new_entries
from config.isolation.account_rows import (
    add_account_retention,
    add_audit_log_rows,
    add_members_and_settings,
    add_transfer,
    add_trash,
)
from config.isolation.people import add_people, create_person
from config.isolation.side import Side
from config.isolation.workspace_rows import add_workspace_retention, add_workspace_rows
from core.db.policies import tenant_models
from orgs.services.organizations import create_organization
from rbac import permissions
from workspaces.directory.services import create_workspace


@transaction.atomic
def build_side() -> Side:
    """Create an organization with a row in every table of a tenant, and a user for each role."""
    mark = "zq" + "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(10))
    founder = create_person(mark, "founder")
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
    add_people(side, founder)
    ids |= add_members_and_settings(side, founder) | add_workspace_rows(side, founder)
    chain_new_entries()
    ids |= add_audit_log_rows(side)
    add_account_retention(side, founder)
    add_workspace_retention(side, founder)
    ids |= add_trash(side, founder) | add_transfer(side, founder)
    side.ids.update({name: str(value) for name, value in ids.items()})
    return side


def empty_tables(side: Side) -> list[str]:
    """Return the tables of tenants that have no row of this side. The proof could not see a leak from them."""
    return [model._meta.db_table for model in tenant_models() if not _has_row(model, side)]


def _has_row(model: Any, side: Side) -> bool:
    found: bool = model._default_manager.filter(**{f"{model.tenant_column}__in": side.tenants}).exists()
    return found
