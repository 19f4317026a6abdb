"""Secrets in addresses stay out of the log, also when a page fails."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from core.log_format import MaskingFormatter
from core.masking import mask_secrets
from tests.cast import Person

SECRET = "Zm9v-secret_Token1"


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """What the handler of the site's settings writes."""
    (handler,) = (
        one
        for one in logging.getLogger().handlers
        if isinstance(one, logging.StreamHandler) and isinstance(one.formatter, MaskingFormatter)
    )
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.parametrize(
    ("view", "path"),
    [
        ("workspaces.access.pages.invitations.link_page.invitation_of", f"/invitation/{SECRET}"),
        ("workspaces.access.pages.invitations.link_page.invitation_of", f"/invitation/{SECRET}/accept"),
        ("orgs.views.address.get_emailconfirmation_model", f"/auth/verify/{SECRET}"),
        ("accounts.views.auth.ResetFromKey.dispatch", f"/auth/reset/1-{SECRET}"),
        ("accounts.views.auth.SignIn.dispatch", f"/auth/sign-in?next=%2Finvitation%2F{SECRET}"),
        ("accounts.views.auth.SignIn.dispatch", f"/auth/sign-in?next=%2Fauth%2Fverify%2F{SECRET}"),
    ],
)
def test_failing_page_keeps_its_secret(
    db: None, monkeypatch: pytest.MonkeyPatch, console: io.StringIO, view: str, path: str
) -> None:
    def fail(*args: Any, **more: Any) -> None:
        raise RuntimeError(f"failed at {path}")

    monkeypatch.setattr(view, fail)
    client = Client(raise_request_exception=False)
    method = client.post if path.endswith("accept") else client.get
    assert method(path).status_code == 500
    written = console.getvalue()
    assert "Internal Server Error" in written
    assert "RuntimeError: failed at " in written
    assert SECRET not in written


def test_failing_call_of_the_api_keeps_its_key(
    owner: Person, monkeypatch: pytest.MonkeyPatch, console: io.StringIO
) -> None:
    def fail(*args: Any, **more: Any) -> None:
        raise RuntimeError(f"failed with {owner.key_value}")

    monkeypatch.setattr("accounts.api.MeView.get", fail)
    owner.api.client.raise_request_exception = False
    assert owner.api.get("/api/me/").status_code == 500
    assert "RuntimeError: failed with pnu_***" in console.getvalue()
    assert owner.key_value not in console.getvalue()


def test_only_the_secret_is_masked() -> None:
    assert mask_secrets("GET /invitation/abc/accept?a=b 500") == "GET /invitation/***/accept?a=b 500"
    assert mask_secrets("?invite_code=abc&x=1") == "?invite_code=***&x=1"
    for plain in ("/my/invitations", "/account/1/members/invitations/2", "/auth/reset", "/auth/sign-in?next=/my/keys"):
        assert mask_secrets(plain) == plain


def test_nothing_mails_failures_to_anybody() -> None:
    names = ["", *(name for name in logging.root.manager.loggerDict if name.startswith(("django", "bailiwick")))]
    handlers = [type(handler).__name__ for name in names for handler in logging.getLogger(name).handlers]
    assert "AdminEmailHandler" not in handlers
