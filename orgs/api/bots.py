"""Endpoints of service accounts, which the API calls bots (docs/contract/cloud-api.md, "Service accounts")."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import ApiKey
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent
from orgs.models import Membership, ServiceAccount
from orgs.rest import AccountView
from orgs.schemas import bots as schemas
from orgs.services import service_accounts
from rbac import permissions

_NO_KEY = UUID(int=0)
_Rotation: Any = schemas.BotRotate | None


class BotsView(AccountView):
    required_permissions = {"POST": permissions.CREATE_BOT}

    @describe("create_bot", body=schemas.BotCreate, answers={201: schemas.BotCreated})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Create a service account with a key. The key's value is only in this response.

        The key cannot expire later than the key of the request (403).
        """
        body = self.body(schemas.BotCreate)
        bot, key, value = service_accounts.create_service_account(
            self.account,
            name=body.name,
            role=_role(body.account_role_id) or permissions.MEMBER,
            expires_at=body.api_key_expiration,
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
            creator=self.key,
        )
        return Answer(_bot(bot, service_accounts.role_of(bot), _new_key(key, value)), status=201)


class BotsFilterView(AccountView):
    required_permissions = {"POST": permissions.READ_BOT}

    @describe("read_bots", body=schemas.BotsBody, answers={200: list[schemas.Bot]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """List service accounts by name."""
        body = self.body(schemas.BotsBody, optional=True)
        bots = bots_of(self)
        if filters := body.service_accounts:
            if filters.id:
                bots = bots.filter(filters.id.q("id"))
            if filters.name:
                bots = bots.filter(filters.name.q("first_name"))
        return Answer([_serialize_bot(bot) for bot in bots.order_by("first_name", "id")[body.window]])


class BotView(AccountView):
    required_permissions = {
        "GET": permissions.READ_BOT,
        "PATCH": permissions.UPDATE_BOT,
        "DELETE": permissions.DELETE_BOT,
    }

    @describe("read_bot", answers={200: schemas.Bot})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(_serialize_bot(_get_bot(self, id)))

    @describe("update_bot", body=schemas.BotUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Change the name and the account role. If the role gains permissions, all keys are revoked: then rotate."""
        body = self.body(schemas.BotUpdate)
        service_accounts.update_service_account(
            _get_bot(self, id),
            name=body.name,
            role=_role(body.account_role_id),
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
        )
        return NoContent()

    @describe("delete_bot", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Delete a service account with its keys and grants."""
        bot = _get_bot(self, id)
        service_accounts.delete_service_account(bot, actor=self.actor, granter_scopes=self.account_access.permissions)
        return NoContent()


class RotateBotKeyView(AccountView):
    required_permissions = {"POST": permissions.UPDATE_BOT}

    @describe("rotate_api_key", body=_Rotation, answers={201: schemas.BotCreated})
    def post(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Create a new key. The current key is revoked at once, or keeps working for up to 48 hours.

        A key that was replaced earlier is revoked at once. The new key cannot expire later than the key of the
        request (403).
        """
        bot = _get_bot(self, id)
        body: schemas.BotRotate | None = self.body(_Rotation, optional=True)
        key, value = service_accounts.rotate_key(
            bot,
            expires_at=body.api_key_expiration if body else None,
            grace=timedelta(seconds=(body.old_key_expires_in_seconds if body else None) or 0),
            actor=self.actor,
            granter_scopes=self.account_access.permissions,
            creator=self.key,
        )
        return Answer(_bot(bot, service_accounts.role_of(bot), _new_key(key, value)), status=201)


class BotKeysView(AccountView):
    required_permissions = {"GET": permissions.READ_BOT}

    @describe("read_bot_api_keys", answers={200: schemas.BotKeys})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Return the active key, and the one that it replaced if that still works."""
        bot = _get_bot(self, id)
        rotating = [_key(bot, key) for key in service_accounts.rotating_keys(bot)]
        return Answer({"active_key": _serialize_bot(bot)["api_key"], "rotating_keys": rotating})


class BotKeyView(AccountView):
    required_permissions = {"DELETE": permissions.UPDATE_BOT}

    @describe("delete_bot_api_key", answers={200: None})
    def delete(self, request: Request, account_id: UUID, id: UUID, api_key_id: UUID) -> HttpResponse:
        """Revoke a replaced key before its grace period ends. The active key must be rotated instead (409)."""
        bot = _get_bot(self, id)
        if not service_accounts.end_rotating_key(
            bot, api_key_id, actor=self.actor, granter_scopes=self.account_access.permissions
        ):
            raise NotFound("API key not found")
        return Answer(None)


def bots_of(view: AccountView) -> QuerySet[ServiceAccount]:
    """Return the account's service accounts, with prefetched `membership_rows` and `active_keys`, newest first."""
    active = ApiKey.objects.filter(replaced_at=None).order_by("-created", "-id")
    return ServiceAccount.objects.filter(home_account=view.account).prefetch_related(
        Prefetch("memberships", Membership.objects.filter(account=view.account), to_attr="membership_rows"),
        Prefetch("api_keys", active, to_attr="active_keys"),
    )


def _get_bot(view: AccountView, id: UUID) -> ServiceAccount:
    bot = bots_of(view).filter(id=id).first()
    if bot is None:
        raise NotFound
    return bot


def _role(id: UUID | None) -> str | None:
    if id is None:
        return None
    if id not in permissions.NAMES:
        raise ApiError(422, "There is no such account role.")
    return permissions.NAMES[id]


def _serialize_bot(bot: ServiceAccount) -> dict[str, object]:
    """Serialize a service account that `bots_of` read."""
    memberships: list[Membership] = bot.membership_rows  # type: ignore[attr-defined]  # prefetched
    active_keys: list[ApiKey] = bot.active_keys  # type: ignore[attr-defined]  # prefetched
    role = memberships[0].role if memberships else ""
    return _bot(bot, role, _key(bot, active_keys[0] if active_keys else None))


def _bot(bot: ServiceAccount, role: str, key: dict[str, object]) -> dict[str, object]:
    return {
        "id": bot.id,
        "created": bot.created,
        "updated": bot.updated,
        "actor_id": bot.id,
        "account_id": bot.home_account_id,
        "name": bot.name,
        "account_role_name": role,
        "api_key": key,
    }


def _key(bot: ServiceAccount, key: ApiKey | None) -> dict[str, object]:
    return {
        "id": key.id if key else _NO_KEY,
        "created": key.created if key else None,
        "name": key.name if key else bot.name,
        "expiration": key.expires_at if key else None,
        "masked_key": key.masked if key else None,
    }


def _new_key(key: ApiKey, value: str) -> dict[str, object]:
    return {"id": key.id, "created": key.created, "name": key.name, "expiration": key.expires_at, "key": value}
