"""Roles of service accounts in a workspace."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from rbac import scopes
from rbac.models import Grant
from workspaces.access import filters, grant_queries, schemas
from workspaces.access.api.base import AccessView, common_fields, granted_user, require_grant


class BotAccessesView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS}

    @describe(
        "upsert_workspace_bot_access",
        body=schemas.BotAccesses,
        answers={200: schemas.BotAccess | list[schemas.BotAccess]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Grant service accounts of the account roles, in place of those they had. Several are granted all or none."""
        body = self.body(schemas.BotAccesses).root
        items = body if isinstance(body, list) else [body]
        bots = grant_queries.find_service_accounts(self.workspace, [item.bot_id for item in items], self.user)
        self.grant_roles([(bots[item.bot_id], item.workspace_role_id) for item in items])
        grants = grant_queries.service_account_grants(self.workspace).filter(user__in=bots)
        by_bot = {grant.user_id: grant for grant in grants}
        rows = [_bot_access(by_bot[item.bot_id]) for item in items]
        return Answer(rows if isinstance(body, list) else rows[0])


class BotAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS}

    @describe("read_workspace_bot_accesses", body=filters.BotAccessesBody, answers={200: list[schemas.BotAccess]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(filters.BotAccessesBody, optional=True)
        return Answer(
            [_bot_access(grant) for grant in body.apply(grant_queries.service_account_grants(self.workspace))]
        )


class BotAccessView(AccessView):
    required_scopes = {
        "GET": scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
        "DELETE": scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
    }

    @describe("read_workspace_bot_access", answers={200: schemas.BotAccess})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_bot_access(self._grant(id)))

    @describe("delete_workspace_bot_access", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        self.revoke_role(granted_user(self._grant(id)))
        return NoContent()

    def _grant(self, id: UUID) -> Grant:
        return require_grant(grant_queries.service_account_grants(self.workspace).filter(id=id).first())


def _bot_access(grant: Grant) -> dict[str, object]:
    bot = granted_user(grant)
    return common_fields(grant) | {"actor_id": bot.id, "bot_id": bot.id, "bot_name": bot.name}
