"""People: sign-up, profile, picture and deletion."""

import io

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from PIL import Image, ImageOps

from accounts.models import Account, AccountImage, User
from accounts.services.handles import change_handle, check_handle
from accounts.services.sessions import end_all_sessions
from auditlog.actors import Actor
from auditlog.services import record
from core.errors import Invalid
from core.names import check_name

IMAGE_BYTES = 2 * 1024 * 1024
IMAGE_SIDE = 256
_IMAGE_PIXELS = 16_000_000  # each takes four bytes while it is decoded


@transaction.atomic
def provision_personal_account(user: User, *, handle: str, actor: Actor | None = None) -> Account:
    """Create the account that every person has. `actor` is the person unless an operator does it.

    Raises `Invalid` for a bad or taken handle.
    """
    check_handle(handle)
    account = Account.objects.create(kind=Account.PERSONAL, name=user.name[:500], handle=handle, user=user)
    record(
        "user.created",
        actor=actor or user.as_actor(),
        account_id=account.id,
        object_id=user.id,
        object_name=user.email,
    )
    return account


@transaction.atomic
def create_user(
    *, email: str, password: str, handle: str, first_name: str = "", last_name: str = "", confirmed: bool = True
) -> User:
    """Create a person with a personal account, for an operator's command or an invitation.

    `confirmed`: the address is known to be theirs. Raises `Invalid` for a bad name, and for a bad or taken handle.
    """
    user = User(email=email.lower(), first_name=first_name.strip(), last_name=last_name.strip())
    check_name(f"{user.first_name} {user.last_name}".strip())
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=confirmed)
    provision_personal_account(user, handle=handle)
    return user


@transaction.atomic
def update_profile(
    user: User,
    *,
    actor: Actor,
    first_name: str | None = None,
    last_name: str | None = None,
    handle: str | None = None,
    title: str | None = None,
    location: str | None = None,
    settings: dict[str, object] | None = None,
) -> None:
    """Change the fields that are not None.

    Raises `Invalid` for a bad name, a bad or taken handle, and a handle for a person without an account.
    """
    account = Account.objects.select_for_update().filter(user=user).first()
    new = {
        "first_name": None if first_name is None else first_name.strip(),
        "last_name": None if last_name is None else last_name.strip(),
        "title": title,
        "location": location,
        "settings": settings,
    }
    changes: dict[str, object] = {}
    for field, value in new.items():
        if value is not None and value != getattr(user, field):
            changes[field] = {"from": getattr(user, field), "to": value}
            setattr(user, field, value)
    if {"first_name", "last_name"} & changes.keys():
        check_name(f"{user.first_name} {user.last_name}".strip())
    if handle is not None and handle != (account.handle if account else None):
        if account is None:
            raise Invalid("This user has no personal account that could have a handle.")
        changes["handle"] = {"from": account.handle, "to": handle}
        change_handle(account, handle)
    if not changes:
        return
    user.save(update_fields=[*(new.keys() & changes.keys()), "updated"])
    if account:
        account.name = user.name[:500]
        account.save(update_fields=["name", "updated"])
    record(
        "user.updated",
        actor=actor,
        account_id=account.id if account else None,
        object_id=user.id,
        object_name=user.email,
        changes=changes,
    )


def name_account(user: User) -> None:
    """Give a personal account the name of its person."""
    Account.objects.filter(user=user).update(name=user.name[:500])


@transaction.atomic
def delete_user(user: User, *, actor: Actor) -> None:
    """Delete a person with their sessions, keys and personal account (docs/contract/cloud-api.md, "The caller").

    The caller has deleted the account's workspaces.
    """
    sessions = end_all_sessions(user)
    record(
        "user.deleted",
        actor=actor,
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        handle=user.handle,
        keys=user.api_keys.count(),
        sessions=sessions,
    )
    user.delete()


@transaction.atomic
def set_account_image(account: Account, upload: File[bytes], *, actor: Actor) -> None:
    """Save a picture, cropped to a square and without metadata. Raises `Invalid` unless it is an image up to 2 MB."""
    content = _reencoded(upload)
    AccountImage.objects.update_or_create(account=account, defaults={"content": content, "content_type": "image/webp"})
    record("account.image-set", actor=actor, account_id=account.id, object_id=account.id, object_name=account.handle)


@transaction.atomic
def remove_account_image(account: Account, *, actor: Actor) -> None:
    if AccountImage.objects.filter(account=account).delete()[0]:
        record(
            "account.image-removed",
            actor=actor,
            account_id=account.id,
            object_id=account.id,
            object_name=account.handle,
        )


def _reencoded(upload: File[bytes]) -> bytes:
    if upload.size > IMAGE_BYTES:
        raise Invalid("The image is larger than 2 MB.")
    try:
        with Image.open(upload, formats=["PNG", "JPEG", "WEBP", "GIF"]) as image:
            if image.width * image.height > _IMAGE_PIXELS:
                raise Invalid("The image has more than 16 million pixels.")
            picture = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGBA"), (IMAGE_SIDE, IMAGE_SIDE))
    except ValidationError:
        raise
    except Exception as error:  # decoders raise all kinds of errors for damaged files
        raise Invalid("This is not a PNG, JPEG, WebP or GIF image.") from error
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=85)
    return out.getvalue()
