"""A thousand secrets are sent and made wherever that happens. None is in an audit entry, an event or the log."""

import logging
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, OutgoingMail, User
from auditlog.chains import chain_new_entries, chained_entries
from auditlog.models import Entry
from core.log_format import MaskingFormatter
from tests.auditlog.test_every_operation import refuse_entries
from tests.cast import PASSWORD, Api, Organization
from tests.invited import invited, token_for
from tests.proofs import link_for
from tests.rbac.test_surface import SOCKET_FROM_HERE
from tests.visits import visitor
from tests.workspaces.runs import stage
from workspaces.events.models import Event
from workspaces.websockets.authentication import Door, _identify

ROUNDS = 2
MOST = 1_000


class Canaries:
    """The secrets so far, and an organization in which they are used, each round by other people."""

    def __init__(self, organization: Organization) -> None:
        self.secrets: set[str] = set()
        self.values: set[str] = set()  # of variables and inputs of runs, which are in the events of their workspace
        self.organization, self.account = organization, organization.account
        self.owner = organization.owner
        self.root = f"/api/accounts/{self.account.id}"
        self.workspace = f"{self.root}/workspaces/{organization.workspace.id}"
        self.number = 0

    def new(self, prefix: str = "Canary-") -> str:
        """Another secret, which a test sends."""
        return self.keep(prefix + secrets.token_hex(22)[: 43 if prefix.startswith("pn") else 20])

    def value(self) -> str:
        """The value of a variable, or of an input of a run."""
        value = f"Value-{secrets.token_hex(20)}"
        self.values.add(value)
        return value

    def keep(self, secret: str) -> str:
        """A secret that the server has made."""
        assert len(secret) > 15
        self.secrets.add(secret)
        return secret

    def person(self) -> dict[str, str]:
        self.number += 1
        return {
            "name": "Casey Example",
            "email": f"casey{self.number}@example.com",
            "handle": f"casey{self.number}",
            "password1": self.new(),
        }


def sign_up_sign_in_and_change_the_password(canaries: Canaries) -> None:
    form = canaries.person()
    client = Client()
    assert client.post("/auth/sign-up", form).status_code == 302
    link = link_for(form["email"])
    canaries.keep(link.split("/")[3])
    assert client.post(link).status_code == 302
    canaries.keep(client.session.session_key or "")
    wrong = {"oldpassword": canaries.new(), "password1": canaries.new(), "password2": canaries.new()}
    assert client.post("/my/password", wrong).status_code == 422
    new = canaries.new()
    right = {"oldpassword": form["password1"], "password1": new, "password2": new}
    assert client.post("/my/password", right).status_code == 302
    assert client.post("/auth/reauthenticate", {"password": canaries.new()}).status_code == 422
    assert client.post("/auth/reauthenticate", {"password": new}).status_code == 302
    guests = [
        {"login": form["email"], "password": canaries.new()},
        {"login": canaries.new(), "password": canaries.new()},  # a password in the wrong field
        {"login": f"{canaries.new()}@example.com", "password": canaries.new()},
    ]
    for guest in guests:
        assert Client().post("/auth/sign-in", guest).status_code in (422, 429)
    assert Client().post("/auth/sign-in", {"login": form["email"], "password": new}).status_code == 302


def reset_the_password(canaries: Canaries) -> None:
    form = canaries.person()
    Client().post("/auth/sign-up", form)
    client = Client()
    client.post("/auth/reset", {"email": form["email"]})
    link = link_for(form["email"], "reset")
    canaries.keep(link.partition("/reset/")[2].partition("-")[2])
    new = canaries.new()
    assert client.post(client.get(link)["Location"], {"password1": new, "password2": new}).status_code == 302
    wrong = f"/auth/reset/3-{canaries.new('')}"
    for method in ("get", "post"):
        getattr(Client(), method)(wrong)
        getattr(Client(), method)(f"/auth/verify/{canaries.new('')}")


def make_keys(canaries: Canaries) -> None:
    api, owner = canaries.owner.api, canaries.owner
    made = api.post(f"/api/users/{owner.user.id}/api_keys", {"name": "new"}).json()
    canaries.keep(made["key"])
    canaries.keep(made["key"][4:])
    assert Api(made["key"]).get("/api/me/", HTTP_USER_AGENT=f"script {made['key']}").status_code == 200
    renamed = Api(made["key"]).post(f"{canaries.root}/teams/", {"name": f"team of {canaries.new('pnu_')}"})
    assert renamed.status_code == 201
    bot = api.post(f"{canaries.root}/bots/", {"name": f"bot {made['id']}"}).json()
    canaries.keep(bot["api_key"]["key"][4:])
    rotated = api.post(
        f"{canaries.root}/bots/{bot['id']}/rotate_api_key", {}, HTTP_USER_AGENT=bot["api_key"]["key"]
    ).json()
    canaries.keep(rotated["api_key"]["key"][4:])
    client = visitor(owner.user)
    pages = [
        client.post("/my/api-keys/create", {"name": "from a page", "expiry": "30"}),
        client.post("/auth/client/authorize", {"callback": "http://127.0.0.1:4321"}),
    ]
    for page in pages:
        canaries.keep(re.findall(r"pnu_(\w{43})", page.content.decode())[0])
    client.post(f"/account/{canaries.account.id}/audit-log/download?q={canaries.new('pnb_')}", {"format": "csv"})
    ApiKey.objects.filter(user=owner.user).exclude(id=owner.key.id).delete()


def invite(canaries: Canaries) -> None:
    form = canaries.person()
    tokens = []
    for _ in range(3):
        invitation = invited(canaries.account, form["email"], canaries.owner)
        tokens.append(canaries.keep(token_for(form["email"])))
        invitation.sent_at = timezone.now() - timedelta(hours=1)
        invitation.save()
    first, _, token = tokens
    browser = Client(REMOTE_ADDR=f"192.0.2.{canaries.number}")  # wrong links are limited for each address
    for old in (first, canaries.new("")):
        for verb in ("", "/accept", "/decline", "/sign-up"):
            browser.post(f"/invitation/{old}{verb}")
            browser.get(f"/invitation/{old}{verb}", HTTP_REFERER=f"https://testserver/invitation/{old}")
    api = canaries.owner.api
    for verb in ("accept", "reject"):
        api.post(f"/api/invitations/{invitation.id}/{verb}?invite_code={canaries.new('')}")
    join = {"name": form["name"], "handle": form["handle"], "email": form["email"], "password": form["password1"]}
    assert browser.post(f"/invitation/{token}/sign-up", join).status_code == 302
    assert User.objects.filter(email=form["email"]).exists()


def store_values(canaries: Canaries) -> None:
    api, name = canaries.owner.api, f"variable{canaries.number}_{secrets.token_hex(4)}"
    made = api.post(f"{canaries.workspace}/variables/", {"name": name, "value": canaries.value()}).json()
    answer = api.patch(f"{canaries.workspace}/variables/{made['id']}", {"value": {"a": canaries.value()}})
    assert answer.status_code == 204
    run = stage.flow_run(stage.flow(canaries.organization.workspace, name), "paused", "RUNNING")
    body = {"key": "answer", "value": canaries.value()}
    assert api.post(f"{canaries.workspace}/flow_runs/{run.id}/input", body).status_code == 201


def administrate(canaries: Canaries) -> None:
    operator = User.objects.filter(is_superuser=True).first()
    assert operator is not None
    desk, form = visitor(operator), canaries.person()
    new = {
        "email": form["email"], "first_name": "Casey", "last_name": "Example", "handle": form["handle"],
        "password1": form["password1"], "password2": form["password1"],
    }  # fmt: skip
    assert desk.post(reverse("admin:accounts_user_add"), new).status_code == 302
    user = User.objects.get(email=form["email"])
    password = canaries.new()
    again = {"password1": password, "password2": password, "usable_password": "true"}
    assert desk.post(reverse("admin:auth_user_password_change", args=[user.pk]), again).status_code == 302
    Client().post("/admin/login/", {"username": operator.email, "password": canaries.new()})


STORIES: list[Callable[[Canaries], None]] = [
    sign_up_sign_in_and_change_the_password, reset_the_password, make_keys, invite, store_values, administrate,
]  # fmt: skip


def send_wrong_keys(canaries: Canaries) -> None:
    """Over HTTP and websockets, in headers, addresses and bodies, until there are enough canaries."""
    account, workspace = canaries.account.id, canaries.organization.workspace.id
    events, audit_log = Door("see_events"), Door("read:audit_event")
    while len(canaries.secrets) < MOST:
        key = canaries.new("pnu_")
        agent = {"HTTP_USER_AGENT": f"agent {canaries.new('pnb_')}", "REMOTE_ADDR": "192.0.2.9"}
        Api(key).post(f"{canaries.workspace}/flows/", {"name": "x"}, **agent)
        Client().get(f"/api/me/?api_key={canaries.new('pnu_')}", HTTP_AUTHORIZATION=f"Basic {key}")
        assert _identify(SOCKET_FROM_HERE, canaries.new("pnu_"), account, workspace, events) == "Invalid token"
        assert _identify(SOCKET_FROM_HERE, canaries.new("pnb_"), account, None, audit_log) == "Invalid token"


def fail(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Server errors are logged with tracebacks."""
    with monkeypatch.context() as patch:
        refuse_entries(patch)
        form = canaries.person()
        client = Client(raise_request_exception=False)
        for path, sent in (
            ("/auth/sign-up", form),
            ("/auth/sign-in", {"login": canaries.owner.user.email, "password": canaries.new()}),
            ("/auth/sign-in", {"login": canaries.owner.user.email, "password": PASSWORD}),
        ):
            assert client.post(path, sent).status_code == 500
        api = canaries.owner.api
        api.client.raise_request_exception = False
        team = {"name": canaries.new("pnu_")}
        assert api.post(f"{canaries.root}/teams/", team, HTTP_USER_AGENT=canaries.new("pnu_")).status_code == 500


@pytest.fixture
def log(settings: Any) -> Iterator[StringIO]:
    """What the log of the running site has."""
    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(MaskingFormatter(settings.LOGGING["formatters"]["line"]["format"]))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def test_no_secret_is_in_an_entry_an_event_or_the_log(
    organization: Organization,
    operator: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    log: StringIO,
) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    settings.ACCOUNT_RATE_LIMITS = False
    canaries = Canaries(organization)
    for _ in range(ROUNDS):
        for story in STORIES:
            story(canaries)
    send_wrong_keys(canaries)
    fail(canaries, monkeypatch)
    chain_new_entries()
    assert len(canaries.secrets) >= MOST
    assert log.getvalue().count("Internal Server Error") == 4
    places = {
        "entries": repr(list(Entry.objects.values())),
        "chain": repr(list(chained_entries(organization.account.id, until=100_000))),
        "events": repr(list(Event.objects.values())),
        "log": log.getvalue(),
    }
    found = {name: [secret for secret in canaries.secrets if secret in text] for name, text in places.items()}
    found["log"] += [value for value in canaries.values if value in places["log"] + places["entries"]]
    assert found == {name: [] for name in places}
    mail = repr(list(OutgoingMail.objects.values_list("text", flat=True)))
    assert any(secret in mail for secret in canaries.secrets)  # the search finds what is there
