"""Roles of service accounts."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import describe
from rbac import scopes
from rbac.models import Grant
from workspaces import access_schemas as schemas
from workspaces import accesses
from workspaces.access_api.base import AccessView, existing, shown, user_of


class BotAccessesView(AccessView):
    required_scopes = {"POST": scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS}

    @describe(
        "upsert_workspace_bot_access",
        body=schemas.BotAccesses,
        answers={200: schemas.BotAccess | list[schemas.BotAccess]},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give service accounts of the account roles here, in place of those they had: one, or several, all or none."""
        body = self.body(schemas.BotAccesses).root
        items = body if isinstance(body, list) else [body]
        bots = accesses.bots(self.workspace, [item.bot_id for item in items], self.user)
        self.let_in([(bots[item.bot_id], item.workspace_role_id) for item in items])
        given = {grant.user_id: grant for grant in accesses.of_bots(self.workspace).filter(user__in=bots)}
        rows = [_bot_access(given[item.bot_id]) for item in items]
        return Answer(rows if isinstance(body, list) else rows[0])


class BotAccessFilterView(AccessView):
    required_scopes = {"POST": scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS}

    @describe("read_workspace_bot_accesses", body=schemas.BotAccessesBody, answers={200: list[schemas.BotAccess]})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.body(schemas.BotAccessesBody, optional=True)
        return Answer([_bot_access(grant) for grant in body.of(accesses.of_bots(self.workspace))])


class BotAccessView(AccessView):
    required_scopes = {
        "GET": scopes.SEE_WORKSPACE_SERVICE_ACCOUNTS,
        "DELETE": scopes.MANAGE_WORKSPACE_SERVICE_ACCOUNTS,
    }

    @describe("read_workspace_bot_access", answers={200: schemas.BotAccess})
    def get(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        return Answer(_bot_access(existing(accesses.of_bots(self.workspace).filter(id=id).first())))

    @describe("delete_workspace_bot_access", answers={204: None})
    def delete(self, request: Request, id: UUID, **kwargs: Any) -> HttpResponse:
        self.shut_out(user_of(existing(accesses.of_bots(self.workspace).filter(id=id).first())))
        return NoContent()


def _bot_access(grant: Grant) -> dict[str, object]:
    bot = user_of(grant)
    return shown(grant) | {"actor_id": bot.id, "bot_id": bot.id, "bot_name": bot.name}
