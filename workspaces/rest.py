"""The base of the endpoints of a workspace."""

import re
from collections.abc import Mapping
from typing import ClassVar

from rest_framework.request import Request

from accounts.authentication import note_use
from accounts.endpoints import REFUSED_TO_RUNS, KeyView, unknown_key
from accounts.models import ApiKey, User
from accounts.services.keys import find_key
from accounts.services.run_key_values import run_key_id
from auditlog.request_context import sent_by_run
from core.db import tenants
from core.errors import NotFound
from core.rest.callers import client_address, key_value
from core.rest.errors import ApiError
from core.rest.rate_limits import sends_wrong_keys
from orgs.rest import enter_account
from workspaces.models import Workspace
from workspaces.run_keys.bounds import Admission
from workspaces.scoping import Access, enter_with_key

OLDEST_CLIENT = (0, 8, 0)
API_VERSION = "0.8.4"
ENTER = ""  # in place of a scope: an endpoint for everybody who may enter the workspace
_VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}\Z", re.ASCII)


class WorkspaceView(KeyView):
    """An endpoint of a workspace. `required_scopes` has the scope for each method. Methods without one are refused.

    `run_keys` has the methods that take the keys of flow runs, and what of the path must belong to the run. What else
    a request names, in its body or query, the method checks by `self.access.run`.
    """

    long_errors = True
    required_scopes: ClassVar[dict[str, str]] = {}
    run_keys: ClassVar[Mapping[str, Admission]] = {}

    access: Access
    _entered: Access | None

    @property
    def workspace(self) -> Workspace:
        return self.access.workspace

    def find_key(self, request: Request) -> tuple[User, ApiKey]:
        """Find the key, and with it the access to the workspace, in one round trip to the database."""
        value = key_value(request.META.get("HTTP_AUTHORIZATION", ""))
        address = client_address(request)
        if sends_wrong_keys(address) and find_key(value) is None and run_key_id(value) is None:
            raise unknown_key(request)
        key, self._entered = enter_with_key(value, self.kwargs["workspace_id"], self.kwargs["account_id"])
        if key is None:
            raise unknown_key(request)
        note_use(key, address)
        return key.user, key

    def authorize(self, request: Request) -> None:
        """Set `self.access`.

        Raises `NotFound` if the caller may not enter the workspace, and `ApiError` if the client is too old, the
        account is restricted or over a limit, or the caller does not hold the scope of the method.
        """
        check_client_version(request.META.get("HTTP_X_PREFECT_API_VERSION"))
        access = self._entered
        if access is None:
            raise NotFound
        enter_account(self, request, access.workspace.account)
        method = (request.method or "").upper()
        if method not in self.required_scopes:
            # A method that the view implements without declaring a scope is closed.
            if hasattr(self, method.lower()):
                raise ApiError(403, f"{type(self).__name__} declares no scope for {method}.")
            raise ApiError(405, "Method Not Allowed")
        scope = self.required_scopes[method]
        if scope != ENTER and not access.allows(scope):
            raise ApiError(403, f"This needs the scope {scope} in the workspace.")
        tenants.reach(access.workspace.id, access.workspace.account_id)
        if access.run is not None:
            self._admit_run(access, method)
        self.pays_for_waiting = scope.startswith("see_")
        self.access = access

    def _admit_run(self, access: Access, method: str) -> None:
        """Check that the key of a flow run may call the method. Raises `NotFound` if the path leads to another run."""
        admits = self.run_keys.get(method)
        if admits is None:
            raise ApiError(403, REFUSED_TO_RUNS)
        assert access.run is not None
        if not admits(access.run, self.kwargs):
            raise NotFound
        sent_by_run(access.run.run_id)


def check_client_version(version: str | None) -> None:
    """Raise `ApiError` 400 if the version that the client sent is malformed or too old. Clients may send none.

    See docs/contract/conventions.md, "Versions and headers".
    """
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
