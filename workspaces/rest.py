"""The base of every endpoint below a workspace."""

import re
from typing import ClassVar

from rest_framework.request import Request

from accounts.rest.authentication import client_address, key_value, note_use
from accounts.rest.errors import ApiError
from accounts.rest.views import ApiView, Unauthorized
from orgs.networks import REFUSED, lets_in
from workspaces.models import Workspace
from workspaces.scoping import Access, enter_with_key

OLDEST_CLIENT = (0, 8, 0)
API_VERSION = "0.8.4"
ENTER = ""  # in place of a scope: for everybody who may enter
_VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}\Z", re.ASCII)


class WorkspaceView(ApiView):
    """An endpoint of a workspace. `required_scopes` names the scope of each method; one left out is refused."""

    long_errors = True
    required_scopes: ClassVar[dict[str, str]] = {}

    access: Access
    _entered: Access | None

    @property
    def workspace(self) -> Workspace:
        return self.access.workspace

    def authenticate(self, request: Request) -> None:
        """Key and access together: they cost one round trip to the database."""
        value = key_value(request.META.get("HTTP_AUTHORIZATION", ""))
        key, self._entered = enter_with_key(value, self.kwargs["workspace_id"], self.kwargs["account_id"])
        if key is None:
            raise Unauthorized
        self.user, self.key = key.user, key
        note_use(key, client_address(request._request))

    def authorize(self, request: Request) -> None:
        check_client_version(request.META.get("HTTP_X_PREFECT_API_VERSION"))
        access = self._entered
        if access is None:
            raise ApiError(404, "Not Found")
        if not lets_in(access.workspace.account, client_address(request._request), self.actor):
            raise ApiError(403, REFUSED)
        method = (request.method or "").upper()
        if method not in self.required_scopes:
            # DRF answers 405 for a method that the view has not; one it has but does not declare is closed.
            if hasattr(self, method.lower()):
                raise ApiError(403, f"{type(self).__name__} declares no scope for {method}.")
            raise ApiError(405, "Method Not Allowed")
        scope = self.required_scopes[method]
        if scope != ENTER and not access.allows(scope):
            raise ApiError(403, f"This needs the scope {scope} in the workspace.")
        self.access = access


def check_client_version(version: str | None) -> None:
    """Refuse clients older than the contract, and versions that are none (orchestration.md 0.1)."""
    if version is None or version == API_VERSION:
        return
    if not _VERSION.match(version):
        raise ApiError(
            400,
            f"Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received {version}",
        )
    if tuple(map(int, version.split("."))) < OLDEST_CLIENT:
        raise ApiError(
            400,
            f"The request specified API version {version} but this server requires version 0.8.0 or higher.",
        )
