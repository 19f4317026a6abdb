"""Endpoints of account roles.

See docs/contract/cloud-api.md, "Memberships and account roles".
"""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer
from orgs.rest import AccountView
from orgs.schemas import account_roles as schemas
from rbac import permissions


class AccountRolesFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_ACCOUNT_ROLE}

    @describe("read_account_roles", body=schemas.AccountRolesBody, answers={200: list[schemas.AccountRole]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List account roles, from the one with the most permissions to the one with the fewest."""
        body = self.body(schemas.AccountRolesBody, optional=True)
        name = body.account_roles.name if body.account_roles else None
        wanted = name.any_ if name else None
        return Answer([_role(role) for role in permissions.ROLES if wanted is None or role in wanted][body.window])


class AccountRoleView(AccountView):
    required_permissions = {
        "GET": permissions.READ_ACCOUNT_ROLE,
        "PATCH": permissions.UPDATE_ACCOUNT_ROLE,
        "DELETE": permissions.DELETE_ACCOUNT_ROLE,
    }

    @describe("read_account_role", answers={200: schemas.AccountRole})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(_role(_name(id)))

    @describe("update_account_role", body=schemas.AccountRoleUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Refuse the change (409), because all account roles are built in."""
        name = _name(id)
        self.body(schemas.AccountRoleUpdate)
        raise ApiError(409, f"The account role {name} is built in and cannot be changed.")

    @describe("delete_account_role", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Refuse the deletion (409), because all account roles are built in."""
        raise ApiError(409, f"The account role {_name(id)} is built in and cannot be deleted.")


def _name(role_id: UUID) -> str:
    if role_id not in permissions.NAMES:
        raise NotFound
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
