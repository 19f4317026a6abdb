"""Prefect Cloud's two operations: transfer a workspace, and validate a transfer.

See docs/contract/cloud-api.md, "Workspaces and workspace roles".
"""

from collections import defaultdict
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.callers import client_address
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.networks import blocks_address
from orgs.queries import account_access
from rbac import scopes
from rbac.permissions import DELETE_WORKSPACE
from transfers import schemas
from transfers.services.preview import Plan, preview, shown_to
from transfers.services.reading import make_plan, target_by_id
from transfers.services.requests import may_start, start
from workspaces.rest import WorkspaceView


class _View(WorkspaceView):
    """Also requires the permission to delete workspaces of the account."""

    long_errors = False

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        if not may_start(account_access(self.user, self.workspace.account_id)):
            raise ApiError(403, f"This needs the permission {DELETE_WORKSPACE} in the account.")

    def plan(self) -> tuple[Plan, bool]:
        """Return the plan of the body, and whether the target lets the caller in from this address."""
        body = self.body(schemas.CloudTransfer)
        target = target_by_id(self.user, body.to_account_id)
        is_open = not blocks_address(target, client_address(self.request))
        return make_plan(self.workspace, target, new_handle=body.new_handle, belongs=is_open), is_open


class TransferView(_View):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_SETTINGS}

    @describe("transfer_workspace", body=schemas.CloudTransfer, answers={204: None})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Transfer a workspace to another account of the caller.

        If the caller may not create workspaces there, this sends a request to its admins.
        """
        plan, is_open = self.plan()
        start(plan, user=self.user, actor=self.actor, target_is_open=is_open)
        return NoContent()


class ValidateTransferView(_View):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_SETTINGS}

    @describe("validate_transfer", body=schemas.CloudTransfer, answers={200: dict[str, list[dict[str, str]]]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Return what blocks a transfer, by category. An empty object means that nothing does."""
        plan, is_open = self.plan()
        shown = shown_to(preview(plan, figures=False), source=True, target=is_open)
        problems: dict[str, list[dict[str, str]]] = defaultdict(list)
        for problem in shown["problems"]:
            problems[problem["category"]].append({"message": problem["message"]})
        return Answer(dict(problems))
