"""People: handles, profile, image."""

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import Account, AccountImage, User
from accounts.services import handles, people
from accounts.services.preferences import update_preferences
from auditlog.models import Entry
from tests.cast import Person


@pytest.mark.parametrize("handle", ["a", "a-b", "2-go", "x" * 63])
@pytest.mark.django_db
def test_handles_that_are_well_formed(handle: str) -> None:
    handles.check_handle(handle)


@pytest.mark.parametrize(
    "handle", ["", "-a", "a-", "a--b", "A", "a_b", "a b", "a/b", "ä", "x" * 64, "a\n", "admin", "api", "olga"]
)
def test_handles_that_are_refused(owner: Person, handle: str) -> None:
    with pytest.raises(ValidationError):
        handles.check_handle(handle)


@pytest.mark.parametrize(
    ("words", "handle"),
    [
        ("Zoë Q. Public", "zo-q-public"),
        ("olga@example.com", "olga-2"),
        ("admin", "admin-2"),
        ("!!!", "user"),
        ("x" * 100, "x" * 55),
    ],
)
def test_suggested_handle_is_free_and_well_formed(owner: Person, words: str, handle: str) -> None:
    assert handles.suggest_handle(words) == handle
    handles.check_handle(handle)


def test_handle_is_suggested_without_reading_all_that_begin_like_it(owner: Person) -> None:
    Account.objects.bulk_create(
        Account(kind=Account.ORGANIZATION, name="x", handle=handle)
        for handle in ("a", *(f"a-{number}" for number in range(2, 100)))
    )
    with CaptureQueriesContext(connection) as captured:
        handle = handles.suggest_handle("a")
    assert (len(captured), "LIKE" in captured[0]["sql"]) == (2, False)
    handles.check_handle(handle)


def test_profile_that_does_not_change_leaves_no_entry(owner: Person) -> None:
    before = Entry.objects.count()
    people.update_profile(owner.user, actor=owner.user.as_actor(), first_name="Olga", handle="olga")
    assert Entry.objects.count() == before


def test_save_keeps_what_another_request_changed_meanwhile(owner: Person) -> None:
    user, stale, actor = owner.user, User.objects.get(id=owner.user.id), owner.user.as_actor()
    people.update_profile(user, actor=actor, title="Chief")
    update_preferences(user, actor=actor, shows_utc=True)
    people.update_profile(stale, actor=actor, location="Berlin")
    update_preferences(stale, actor=actor, time_zone="Europe/Berlin")
    saved = User.objects.get(id=owner.user.id)
    assert (saved.title, saved.location, saved.shows_utc, saved.time_zone) == ("Chief", "Berlin", True, "Europe/Berlin")


def test_operator_without_an_account_has_a_profile_and_no_handle(operator: Any) -> None:
    people.update_profile(operator, actor=operator.as_actor(), first_name="Op")
    assert (operator.name, operator.handle, operator.personal_account_id) == ("Op", "", None)
    with pytest.raises(ValidationError):
        people.update_profile(operator, actor=operator.as_actor(), handle="op")


def test_image_is_cropped_re_encoded_and_stripped(owner: Person) -> None:
    people.set_account_image(owner.account, ContentFile(_photo()), actor=owner.user.as_actor())
    stored = bytes(AccountImage.objects.get(account=owner.account).content)
    with Image.open(io.BytesIO(stored)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
        assert (dict(image.getexif()), sorted(set(image.info) & {"exif", "xmp", "icc_profile"})) == ({}, [])
    assert (b"Secret Camera" in _photo(), b"Secret Camera" in stored) == (True, False)


def test_image_is_turned_the_way_it_was_taken(owner: Person) -> None:
    people.set_account_image(owner.account, ContentFile(_photo(orientation=3)), actor=owner.user.as_actor())
    stored = bytes(AccountImage.objects.get(account=owner.account).content)
    with Image.open(io.BytesIO(stored)) as image:
        red, _, blue, _ = image.convert("RGBA").getpixel((20, 128))  # type: ignore[misc]
        assert blue > red


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"0" * 50, b"x" * 2_097_153])
def test_what_is_no_image_is_refused(owner: Person, content: bytes) -> None:
    with pytest.raises(ValidationError):
        people.set_account_image(owner.account, ContentFile(content), actor=owner.user.as_actor())
    assert AccountImage.objects.count() == 0


@pytest.mark.parametrize("kind", [0, 26])  # of a value in the camera's notes: no number where one belongs
def test_image_with_damaged_notes_is_refused(owner: Person, kind: int) -> None:
    content = bytearray(_photo(orientation=3))
    content[content.index(b"Exif") + 17] = kind
    with pytest.raises(ValidationError):
        people.set_account_image(owner.account, ContentFile(bytes(content)), actor=owner.user.as_actor())
    assert AccountImage.objects.count() == 0


def test_image_of_too_many_pixels_is_refused(owner: Person) -> None:
    out = io.BytesIO()
    Image.new("1", (4001, 4000)).save(out, "PNG")
    with pytest.raises(ValidationError):
        people.set_account_image(owner.account, ContentFile(out.getvalue()), actor=owner.user.as_actor())


def test_image_of_another_account_stays(owner: Person, stranger: Person) -> None:
    for person in (owner, stranger):
        people.set_account_image(person.account, ContentFile(_photo()), actor=person.user.as_actor())
    people.remove_account_image(owner.account, actor=owner.user.as_actor())
    assert [image.account for image in AccountImage.objects.all()] == [stranger.account]


def test_taken_handle_leaves_nobody_behind(owner: Person) -> None:
    with pytest.raises(ValidationError):
        people.create_user(email="second@example.com", password="x", handle="olga")
    assert [account.handle for account in Account.objects.all()] == ["olga"]
    assert User.objects.count() == 1


def _photo(orientation: int = 1) -> bytes:
    """Red on the left, blue on the right, with a camera's name in its metadata."""
    image = Image.new("RGB", (400, 300), "red")
    image.paste("blue", (200, 0, 400, 300))
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()
