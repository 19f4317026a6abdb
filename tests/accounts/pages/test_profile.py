"""Name, handle, picture, theme."""

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import AccountImage, User
from accounts.services.people import set_account_image
from auditlog.models import Entry
from tests.cast import Organization, Person
from tests.visits import comparable, text, visitor


def picture(side: int = 300) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (side, side // 2), "#4340c4").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def test_name_and_handle_are_saved(owner: Person) -> None:
    answer = visitor(owner.user).post("/my/profile", {"name": "Olga de la Cruz", "handle": "cruz"})
    assert answer.status_code == 302
    user = User.objects.get(id=owner.user.id)
    assert (user.first_name, user.last_name, user.handle) == ("Olga", "de la Cruz", "cruz")


@pytest.mark.parametrize(("handle", "words"), [("boris", "taken"), ("Not so", "lower-case")])
def test_refused_handle_keeps_the_name_that_was_typed(owner: Person, stranger: Person, handle: str, words: str) -> None:
    answer = visitor(owner.user).post("/my/profile", {"name": "New Name", "handle": handle})
    assert answer.status_code == 422
    assert words in text(answer)
    assert 'value="New Name"' in answer.content.decode()
    assert User.objects.get(id=owner.user.id).handle == "olga"


def test_picture_is_served_re_encoded_to_its_person(owner: Person) -> None:
    address = f"/account/{owner.account.id}/image"
    client = visitor(owner.user)
    assert client.get(address).status_code == 404
    assert client.post("/my/profile/image", {"image": picture()}).status_code == 302
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "private" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
    assert Client().get(address).status_code == 302
    assert address in client.get("/my/profile").content.decode()
    assert client.post("/my/profile/image/remove").status_code == 302
    assert client.get(address).status_code == 404


def test_picture_of_an_account_is_seen_by_those_who_belong_to_it_alone(
    organization: Organization, stranger: Person
) -> None:
    account = organization.account
    set_account_image(account, picture(), actor=organization.owner.user.as_actor())
    address = f"/account/{account.id}/image"
    assert visitor(organization.member.user).get(address).status_code == 200
    answers = [visitor(stranger.user).get(path) for path in (address, f"/account/{uuid4()}/image")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert comparable(answers[0]) == comparable(answers[1])


def test_same_form_with_another_picture_is_another_sending(owner: Person) -> None:
    client = visitor(owner.user)
    for side in (300, 301, 301):
        client.post("/my/profile/image", {"image": picture(side), "once": "t"})
    assert Entry.objects.filter(action="account.image-set").count() == 2


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("me.png", b"not a picture", "image/png"), "not a PNG"),
        (SimpleUploadedFile("big.png", b"x" * (2 * 1024 * 1024 + 1), "image/png"), "larger than 2 MB"),
    ],
)
def test_what_is_no_small_picture_is_refused(owner: Person, upload: SimpleUploadedFile, words: str) -> None:
    upload.seek(0)
    answer = visitor(owner.user).post("/my/profile/image", {"image": upload})
    assert answer.status_code == 422
    assert words in text(answer)
    assert AccountImage.objects.count() == 0


def test_operator_without_an_account_gets_one_with_the_first_profile(operator: User) -> None:
    client = visitor(operator)
    for path in ("/my/profile", "/welcome", "/workspaces", "/workspaces/create"):
        page = client.get(path)
        assert page.status_code == 200
        assert "Operator account" in text(page)
        assert b'name="owner"' not in page.content
    assert client.post("/workspaces/create", {"name": "Data", "handle": "data"}).status_code == 422
    assert client.post("/my/profile", {"name": "Op Erator", "handle": "op"})["Location"] == "/"
    assert User.objects.get(id=operator.id).handle == "op"
    for path in ("/my/profile", "/welcome", "/workspaces", "/workspaces/create"):
        assert "Operator account" not in text(client.get(path))


def test_theme_is_kept_in_a_cookie_and_leads_back_only_to_this_site(db: None) -> None:
    client = Client()
    assert client.post("/my/theme", {"theme": "dark", "next": "/auth/sign-up"})["Location"] == "/auth/sign-up"
    assert b'data-theme="dark"' in client.get("/auth/sign-in").content
    assert client.post("/my/theme", {"theme": "system", "next": "https://evil.example/"})["Location"] == "/"
    assert b"data-theme" not in client.get("/auth/sign-in").content
