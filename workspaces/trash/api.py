"""The API of the trash, which is Bailiwick's own: see what was deleted, and restore it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.endpoints import OwnView
from core.errors import NotFound
from core.rest.callers import client_address
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.networks import blocks_address
from orgs.rest import AccountView, enter_account
from rbac import permissions
from workspaces.trash import schemas
from workspaces.trash.models import Deletion
from workspaces.trash.services import deletions_of, restore_organization, restore_workspace, trashed_organizations


class TrashView(AccountView):
    required_permissions = {"GET": permissions.DELETE_WORKSPACE}

    @describe("read_trash", answers={200: list[schemas.WorkspaceInTrash]})
    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return the account's deleted workspaces, also those that were removed in the last 30 days."""
        rows = Deletion.objects.filter(account_id=self.account.id, workspace_id__isnull=False)
        return Answer([_serialize(row) | {"workspace_id": row.workspace_id} for row in rows[:1000]])


class RestoreWorkspaceView(AccountView):
    required_permissions = {"POST": permissions.DELETE_WORKSPACE}

    @describe("restore_workspace", body=schemas.RestoreWorkspace, answers={200: schemas.RestoredWorkspace})
    def post(self, request: Request, trashed_id: UUID, **kwargs: Any) -> HttpResponse:
        """Restore a deleted workspace. Returns 409 if it is too late, or if another workspace has the handle."""
        body = self.body(schemas.RestoreWorkspace, optional=True)
        workspace = restore_workspace(self.account, trashed_id, handle=body.handle, actor=self.actor)
        fields = ("id", "account_id", "name", "handle")
        return Answer({field: getattr(workspace, field) for field in fields})


class MyTrashView(OwnView):
    @describe("read_my_trash", answers={200: list[schemas.OrganizationInTrash]})
    def get(self, request: Request) -> HttpResponse:
        """Return the deleted organizations that the caller owns, without those that block the caller's address."""
        address = client_address(request)
        accounts = trashed_organizations(self.user).order_by("handle")
        allowed = [account.id for account in accounts if not blocks_address(account, address)]
        deletions = deletions_of(accounts.filter(id__in=allowed))
        return Answer([_serialize(row) | {"account_id": row.account_id} for row in deletions.values()])


class RestoreOrganizationView(OwnView):
    @describe("restore_account", answers={204: None})
    def post(self, request: Request, trashed_account_id: UUID) -> HttpResponse:
        """Restore a deleted organization that the caller owns. Returns 409 if it is too late."""
        account = trashed_organizations(self.user).filter(id=trashed_account_id).first()
        if account is None:
            raise NotFound
        enter_account(self, request, account)
        restore_organization(account, actor=self.actor)
        return NoContent()


def _serialize(row: Deletion) -> dict[str, object]:
    return {
        "name": row.name,
        "handle": row.handle,
        "deleted": row.deleted_at,
        "deleted_by": row.actor_name,
        "restorable_until": row.restorable_until,
        "restorable": row.restorable,
        "removal_started": row.started_at,
        "removal_finished": row.finished_at,
        "removed_rows": row.rows_removed,
        "total_rows": row.rows_total,
    }
