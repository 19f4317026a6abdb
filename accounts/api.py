"""The account API of one person: profile, image, API keys (docs/contract/cloud-api.md, "The caller")."""

from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts import schemas
from accounts.endpoints import KeyView, OwnView
from accounts.models import Account, AccountImage, ApiKey, User
from accounts.services.keys import create_key, revoke_key
from accounts.services.people import IMAGE_BYTES, remove_account_image, set_account_image, update_profile
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.errors import ApiError
from core.rest.responses import Answer, NoContent


class MeView(OwnView):
    @describe("read_me", answers={200: schemas.Me})
    def get(self, request: Request) -> HttpResponse:
        """Who the key belongs to. Of a service account the name stands as `first_name`, and there is no handle."""
        return Answer(_me(self.user))


class MyKeysView(OwnView):
    @describe("read_my_api_keys", answers={200: list[schemas.ApiKeyRead]}, query=schemas.ByName)
    def get(self, request: Request) -> HttpResponse:
        """One's own keys, never their values."""
        return Answer(_keys_by_name(self))


class MyKeysFilterView(OwnView):
    @describe("filter_my_api_keys", body=schemas.ApiKeysBody, answers={200: list[schemas.ApiKeyRead]})
    def post(self, request: Request) -> HttpResponse:
        body = self.body(schemas.ApiKeysBody, optional=True)
        keys = self.user.api_keys.order_by("id")
        if name := body.api_keys and body.api_keys.name:
            if name.any_ is not None:
                keys = keys.filter(name__in=name.any_)
            if name.like_ is not None:
                keys = keys.filter(name__icontains=name.like_)
        return Answer([_key(key) for key in keys[body.window]])


class ProfileImageView(OwnView):
    parser_classes = [MultiPartParser]

    @describe("upload_my_profile_image", body=schemas.ImageUpload, media="multipart/form-data", answers={204: None})
    def put(self, request: Request) -> HttpResponse:
        """Replace the picture; it is cropped to a square and loses all metadata."""
        set_account_image(_personal_account(self.user), uploaded_image(request), actor=self.actor)
        return NoContent()

    @describe("delete_my_profile_image", answers={204: None})
    def delete(self, request: Request) -> HttpResponse:
        remove_account_image(_personal_account(self.user), actor=self.actor)
        return NoContent()


class ProfileImageResetView(OwnView):
    @describe("reset_my_profile_image", answers={204: None})
    def post(self, request: Request) -> HttpResponse:
        """Back to the picture that everybody has at first: none."""
        remove_account_image(_personal_account(self.user), actor=self.actor)
        return NoContent()


class UserView(KeyView):
    """A person as seen by that person; for everybody else it does not exist.

    Neither does a service account: it makes no keys of its own and does not delete itself.
    """

    def authorize(self, request: Request) -> None:
        if self.kwargs["id"] != self.user.id or not self.user.is_person:
            raise NotFound


class ProfileView(UserView):
    @describe("read_user", answers={200: schemas.User})
    def get(self, request: Request, id: UUID) -> HttpResponse:
        return Answer(_user(self.user))

    @describe("update_user", body=schemas.UserUpdate, answers={204: None})
    def patch(self, request: Request, id: UUID) -> HttpResponse:
        """Change what is given. The address, the image and the last sign-in change only where they are proven."""
        body = self.body(schemas.UserUpdate)
        now = _user(self.user)
        for field in ("email", "image_location", "last_login"):
            value = getattr(body, field)
            if value is not None and value != now[field]:
                raise ApiError(422, f"The field {field} cannot be changed here.")
        update_profile(
            self.user,
            actor=self.actor,
            first_name=body.first_name,
            last_name=body.last_name,
            handle=body.handle,
            title=body.title,
            location=body.location,
            settings=self.user.settings | body.settings.model_dump() if body.settings else None,
        )
        return NoContent()


class UserKeysView(UserView):
    @describe("read_user_api_keys", answers={200: list[schemas.ApiKeyRead]}, query=schemas.ByName)
    def get(self, request: Request, id: UUID) -> HttpResponse:
        return Answer(_keys_by_name(self))

    @describe("create_user_api_key", body=schemas.ApiKeyCreate, answers={201: schemas.ApiKeyCreated})
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """A new key. Its value is in this answer and nowhere else. It cannot outlive the key that creates it (403)."""
        body = self.body(schemas.ApiKeyCreate)
        if body.expiration and body.expiration <= timezone.now():
            raise ApiError(422, "The expiration must be in the future.")
        key, value = create_key(
            self.user, name=body.name, expires_at=body.expiration, actor=self.actor, creator=self.key
        )
        created = {"id": key.id, "created": key.created, "name": key.name, "expiration": key.expires_at}
        return Answer(created | {"key": value}, status=201)


class UserKeyView(UserView):
    @describe("read_user_api_key", answers={200: schemas.ApiKeyRead})
    def get(self, request: Request, id: UUID, api_key_id: UUID) -> HttpResponse:
        key = self.user.api_keys.filter(id=api_key_id).first()
        if key is None:
            raise NotFound("API key not found")
        return Answer(_key(key))

    @describe("delete_user_api_key", answers={204: None})
    def delete(self, request: Request, id: UUID, api_key_id: UUID) -> HttpResponse:
        """Revoke the key; from the next request on it opens nothing."""
        if not revoke_key(self.user, api_key_id, actor=self.actor):
            raise NotFound("API key not found")
        return NoContent()


def uploaded_image(request: Request) -> File[bytes]:
    """Return the file of a multipart request. Raises `ApiError` if there is none or it is too large."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > IMAGE_BYTES + 10_000:
        raise ApiError(413, f"The image is larger than {IMAGE_BYTES} bytes.")
    upload: File[bytes] | None = request.FILES.get("file")
    if upload is None:
        raise ApiError(422, "Send the image as the part named file.")
    return upload


def _keys_by_name(view: KeyView) -> list[dict[str, object]]:
    keys = view.user.api_keys.order_by("id")
    name = view.query(schemas.ByName).name
    return [_key(key) for key in (keys if name is None else keys.filter(name=name))]


def _key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "created": key.created,
        "name": key.name,
        "expiration": key.expires_at,
        "masked_key": key.masked,
    }


def _me(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "handle": user.handle,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "location": user.location or None,
        "personal_account_id": user.personal_account_id,
        "settings": schemas.UserSettings.model_validate(user.settings).model_dump(),
    }


def _user(user: User) -> dict[str, object]:
    return _me(user) | {
        "created": user.created,
        "updated": user.updated,
        "actor_id": user.id,
        "idp_user_id": str(user.id),
        "title": user.title or None,
        "image_location": _image_location(user),
        "last_login": user.last_login,
    }


def _image_location(user: User) -> str | None:
    image = AccountImage.objects.filter(account__user=user).values_list("account_id", flat=True).first()
    return settings.PUBLIC_URL + reverse("account-image", args=[image]) if image else None


def _personal_account(user: User) -> Account:
    account = Account.objects.filter(user=user).first()
    if account is None:
        raise NotFound("This user has no personal account.")
    return account
