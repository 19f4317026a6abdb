"""The account API of service accounts (cloud-api.md 2.4)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from orgs.models import Membership, ServiceAccount
from orgs.rest import AccountView
from orgs.schemas import bots as schemas
from orgs.services import service_accounts
from rbac import permissions

_NO_KEY = UUID(int=0)
_Rotation: Any = schemas.BotRotate | None


class BotsView(AccountView):
    required_permissions = {"POST": "create:bot"}

    @describe("create_bot", body=schemas.BotCreate, answers={201: schemas.BotCreated})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """A service account with a key, whose value is in this answer and nowhere else."""
        body = self.body(schemas.BotCreate)
        bot, key, value = service_accounts.create_service_account(
            self.account,
            name=body.name,
            role=_role(body.account_role_id) or permissions.MEMBER,
            expires_at=body.api_key_expiration,
            actor=self.actor,
            within=self.mine.permissions,
        )
        return Answer(_bot(bot, service_accounts.role_of(bot), _new_key(key, value)), status=201)


class BotsFilterView(AccountView):
    required_permissions = {"POST": "read:bot"}

    @describe("read_bots", body=schemas.BotsBody, answers={200: list[schemas.Bot]})
    def post(self, request: Request, account_id: UUID) -> HttpResponse:
        """Service accounts by name."""
        body = self.body(schemas.BotsBody, optional=True)
        found = bots_of(self)
        if asked := body.service_accounts:
            if asked.id:
                found = found.filter(asked.id.q("id"))
            if asked.name:
                found = found.filter(asked.name.q("first_name"))
        return Answer([_read(bot) for bot in found.order_by("first_name", "id")[body.window]])


class BotView(AccountView):
    required_permissions = {"GET": "read:bot", "PATCH": "update:bot", "DELETE": "delete:bot"}

    @describe("read_bot", answers={200: schemas.Bot})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        return Answer(_read(_found(self, id)))

    @describe("update_bot", body=schemas.BotUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """Rename it, give it another account role. One with more permissions ends all its keys: then rotate."""
        body = self.body(schemas.BotUpdate)
        service_accounts.update_service_account(
            _found(self, id),
            name=body.name,
            role=_role(body.account_role_id),
            actor=self.actor,
            within=self.mine.permissions,
        )
        return NoContent()

    @describe("delete_bot", answers={204: None})
    def delete(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """With its keys and all that was granted to it."""
        bot = _found(self, id)
        service_accounts.delete_service_account(bot, actor=self.actor, within=self.mine.permissions)
        return NoContent()


class RotateBotKeyView(AccountView):
    required_permissions = {"POST": "update:bot"}

    @describe("rotate_api_key", body=_Rotation, answers={201: schemas.BotCreated})
    def post(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """A new key. The one in use ends at once, or works on for up to 48 hours."""
        bot = _found(self, id)
        body: schemas.BotRotate | None = self.body(_Rotation, optional=True)
        key, value = service_accounts.rotate_key(
            bot,
            expires_at=body.api_key_expiration if body else None,
            grace=timedelta(seconds=(body.old_key_expires_in_seconds if body else None) or 0),
            actor=self.actor,
            within=self.mine.permissions,
        )
        return Answer(_bot(bot, service_accounts.role_of(bot), _new_key(key, value)), status=201)


class BotKeysView(AccountView):
    required_permissions = {"GET": "read:bot"}

    @describe("read_bot_api_keys", answers={200: schemas.BotKeys})
    def get(self, request: Request, account_id: UUID, id: UUID) -> HttpResponse:
        """The active key, and those it replaced that still work."""
        bot = _found(self, id)
        rotating = [_key(bot, key) for key in service_accounts.rotating_keys(bot)]
        return Answer({"active_key": _read(bot)["api_key"], "rotating_keys": rotating})


class BotKeyView(AccountView):
    required_permissions = {"DELETE": "update:bot"}

    @describe("delete_bot_api_key", answers={200: None})
    def delete(self, request: Request, account_id: UUID, id: UUID, api_key_id: UUID) -> HttpResponse:
        """End a replaced key before its time. The active one is rotated instead (409)."""
        bot = _found(self, id)
        if not service_accounts.end_rotating_key(bot, api_key_id, actor=self.actor, within=self.mine.permissions):
            raise ApiError(404, "API key not found")
        return Answer(None)


def bots_of(view: AccountView) -> QuerySet[ServiceAccount]:
    """The account's service accounts, each with its `place` (its membership) and its `active` key, if it has them."""
    active = ApiKey.objects.filter(replaced_at=None).order_by("-created", "-id")
    return ServiceAccount.objects.filter(home_account=view.account).prefetch_related(
        Prefetch("memberships", Membership.objects.filter(account=view.account), to_attr="place"),
        Prefetch("api_keys", active, to_attr="active"),
    )


def _found(view: AccountView, id: UUID) -> ServiceAccount:
    bot = bots_of(view).filter(id=id).first()
    if bot is None:
        raise ApiError(404, "Not Found")
    return bot


def _role(id: UUID | None) -> str | None:
    if id is None:
        return None
    if id not in permissions.NAMES:
        raise ApiError(422, "There is no such account role.")
    return permissions.NAMES[id]


def _read(bot: ServiceAccount) -> dict[str, object]:
    """As `bots_of` found it."""
    place: list[Membership] = bot.place  # type: ignore[attr-defined]  # prefetched
    active: list[ApiKey] = bot.active  # type: ignore[attr-defined]  # prefetched
    return _bot(bot, place[0].role if place else "", _key(bot, active[0] if active else None))


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
