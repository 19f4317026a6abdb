"""The account API of the roles that somebody can have in an account (cloud-api.md 2.3)."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.rest import AccountView
from orgs.schemas import account_roles as schemas
from rbac import permissions


class AccountRolesFilterView(AccountView):
    required_permissions = {"POST": "read:account_role"}

    @describe("read_account_roles", body=schemas.AccountRolesBody, answers={200: list[schemas.AccountRole]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """By name, from the one that may the most to the one that may the least."""
        body = self.body(schemas.AccountRolesBody, optional=True)
        name = body.account_roles.name if body.account_roles else None
        wanted = name.any_ if name else None
        return Answer([_role(role) for role in permissions.ROLES if wanted is None or role in wanted][body.window])


class AccountRoleView(AccountView):
    required_permissions = {"GET": "read:account_role", "PATCH": "update:account_role", "DELETE": "delete:account_role"}

    @describe("read_account_role", answers={200: schemas.AccountRole})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(_role(_name(id)))

    @describe("update_account_role", body=schemas.AccountRoleUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """All account roles are built in, so this is refused (409)."""
        name = _name(id)
        self.body(schemas.AccountRoleUpdate)
        raise ApiError(409, f"The account role {name} is built in and cannot be changed.")

    @describe("delete_account_role", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """All account roles are built in, so this is refused (409)."""
        raise ApiError(409, f"The account role {_name(id)} is built in and cannot be deleted.")


def _name(role_id: UUID) -> str:
    if role_id not in permissions.NAMES:
        raise ApiError(404, "Not Found")
    return permissions.NAMES[role_id]


def _role(name: str) -> dict[str, object]:
    return {
        "id": permissions.IDS[name],
        "created": None,
        "updated": None,
        "account_id": None,
        "name": name,
        "permissions": sorted(permissions.ROLES[name]),
        "is_system_role": True,
    }
