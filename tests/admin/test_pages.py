"""The Django admin: every page of it opens for operators with rows in it, and for nobody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, OutgoingMail, User
from accounts.services.mail import queue_mail
from auditlog import admin_filters
from auditlog.actors import system
from core.secret_text import encrypt
from orgs.models import Team
from orgs.models.plans import Plan as SubscriptionPlan
from orgs.services.invitations import invite
from orgs.services.networks import Network, set_networks
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team
from tests.cast import Organization, Person, make_person, share
from tests.workspaces.runs import stage
from transfers.services.preview import Plan
from transfers.services.requests import start
from workspaces.audit_log.filters import EntryFilter
from workspaces.audit_log.models import AuditStream
from workspaces.audit_log.services import request_export
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.retention.holds import set_hold
from workspaces.retention.models import PruningProgress
from workspaces.retention.pruning import note_removed
from workspaces.saved_searches.services import create_saved_search
from workspaces.variables.services import create_variable
from workspaces.work_pools.services.pools import create_pool
from workspaces.work_pools.services.workers import note_heartbeat

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
LABELS = [model._meta.label_lower for model in MODELS]


@pytest.fixture
def rows(organization: Organization, stranger: Person, operator: User) -> None:
    account, actor = organization.account, system("tests")
    team = create_team(account, name="Data", actor=actor)
    create_service_account(account, name="nightly", actor=actor)
    create_role(account, name="Reader", scopes=["see_flows"], actor=actor)
    share(organization.workspace, team, "Reader")
    set_networks(account, [Network("192.0.2.0/24")], address="192.0.2.1", actor=actor)
    create_variable(organization.workspace, name="region", value="eu", tags=[], actor=actor)
    pool = create_pool(organization.workspace, {"name": "processes", "type": "process"}, actor=actor)
    note_heartbeat(pool, "worker", interval=30, integrations=[], actor=actor)
    create_saved_search(organization.workspace, name="failed", filters=[], actor=actor)
    stage.full_deployment(stage.flow(organization.workspace), "nightly", actor)
    request_export(account, kind="csv", entry_filter=EntryFilter(), actor=actor)
    AuditStream.objects.create(
        account=account,
        address="https://siem.example/?token=receivers-password",
        secret=encrypt("secret of the stream"),
        next_attempt_at=timezone.now(),
    )
    owner = organization.owner.user
    invite(account, ["new@example.com"], role="Member", invited_by=owner, actor=actor)
    delete_workspace(create_workspace(account, name="Attic", handle="attic", actor=actor), actor=actor)
    PruningProgress.objects.create(workspace=organization.workspace, next_at=timezone.now())
    note_removed(account.id, "logs", 7, workspace=organization.workspace)
    SubscriptionPlan.objects.create(name="Small")  # the one of the migrations may be gone
    plan = Plan(organization.workspace, organization.admin.account, "moved", {}, 0)
    start(plan, user=owner, actor=owner.as_actor())
    set_hold(organization.workspace, reason="Case 7", actor=actor)
    OutgoingMail.objects.all().delete()
    queue_mail(recipient="mia@example.com", subject="Hello", text="A link that signs in: https://x/secret")


def test_these_models_have_pages() -> None:
    assert [
        label for label in LABELS if label.split(".")[0] in {"accounts", "auditlog", "orgs", "auth", "account"}
    ] == [
        "accounts.account",
        "accounts.apikey",
        "accounts.outgoingmail",
        "accounts.user",
        "auditlog.entry",
        "orgs.allowednetwork",
        "orgs.invitation",
        "orgs.membership",
        "orgs.plan",
        "orgs.serviceaccount",
        "orgs.team",
    ]
    nouns = {
        "deployments",
        "rbac",
        "retention",
        "workspaces",
        "guardian",
        "variables",
        "saved_searches",
        "audit_log",
        "work_pools",
        "transfers",
        "trash",
    }
    assert [label for label in LABELS if label.split(".")[0] in nouns] == [
        "audit_log.auditexport",
        "audit_log.auditstream",
        "deployments.deployment",
        "rbac.grant",
        "rbac.workspacerole",
        "retention.legalhold",
        "retention.pruningprogress",
        "retention.removed",
        "saved_searches.savedsearch",
        "transfers.transfer",
        "trash.deletion",
        "variables.variable",
        "work_pools.workpool",
        "work_pools.workqueue",
        "work_pools.worker",
        "workspaces.workspace",
    ]


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_operator_sees_list_search_and_row(desk: Client, rows: None, model: type[Model]) -> None:
    pages = [reverse(f"admin:{_name(model)}_changelist"), reverse(f"admin:{_name(model)}_changelist") + "?q=a"]
    found: Any = model._default_manager.all()
    row = (found.filter(everyone=False) if model is Team else found).first()
    if row is not None:
        pages += [reverse(f"admin:{_name(model)}_{page}", args=[row.pk]) for page in ("change", "history")]
    else:
        assert model._meta.label == "accounts.AccountImage"
    for page in pages:
        assert desk.get(page).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_lists_of_few_rows_cost_what_lists_of_many_cost(
    desk: Client, operator: User, owner: Person, model: type[Model]
) -> None:
    address = reverse(f"admin:{_name(model)}_changelist")
    desk.get(address)
    counts = []
    for handle in ("second", "third"):
        with CaptureQueriesContext(connection) as queries:
            desk.get(address)
        counts.append(len(queries))
        make_person(handle)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", MODELS, ids=LABELS)
def test_others_are_turned_away(rows: None, stranger: Person, model: type[Model]) -> None:
    address = reverse(f"admin:{_name(model)}_changelist")
    anonymous, signed_in = Client(), Client()
    signed_in.force_login(stranger.user)
    for client in (anonymous, signed_in):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"{reverse('admin:login')}?next={address}")


def test_key_pages_never_show_a_digest_or_a_value(desk: Client, rows: None, stranger: Person) -> None:
    pages = [reverse("admin:accounts_apikey_changelist")]
    pages += [reverse("admin:accounts_apikey_change", args=[key.pk]) for key in ApiKey.objects.all()]
    pages += [
        reverse("admin:accounts_apikey_history", args=[stranger.key.pk]),
        reverse("admin:auditlog_entry_changelist"),
    ]
    text = "".join(desk.get(page).content.decode() for page in pages)
    assert stranger.key.masked in text
    for key in ApiKey.objects.all():
        assert key.digest not in text
    assert stranger.key_value not in text


def test_stream_pages_show_neither_secret_nor_address(desk: Client, rows: None) -> None:
    stream = AuditStream.objects.get()
    for page in (
        reverse("admin:audit_log_auditstream_changelist"),
        reverse("admin:audit_log_auditstream_change", args=[stream.pk]),
    ):
        content = desk.get(page).content.decode()
        assert "siem.example" in content
        assert "receivers-password" not in content
        assert stream.secret not in content


@pytest.mark.parametrize(("query", "shown"), [("", True), ("?expired=no", False), ("?expired=yes", True)])
def test_keys_are_filtered_by_their_expiry(desk: Client, stranger: Person, query: str, shown: bool) -> None:
    ApiKey.objects.filter(id=stranger.key.id).update(expires_at=timezone.now() - timedelta(days=1))
    text = desk.get(reverse("admin:accounts_apikey_changelist") + query).content.decode()
    assert (stranger.key.masked in text) is shown


def test_record_is_filtered_and_names_accounts_by_their_handles(desk: Client, stranger: Person) -> None:
    address = reverse("admin:auditlog_entry_changelist")
    page = desk.get(address, {"action": "user.created", "actor_kind": "user"}).content.decode()
    assert f'<td class="field-account">{stranger.user.handle}</td>' in page
    assert "workspace.created" not in page.split('id="result_list"')[1].split("</table>")[0]


def test_record_is_filtered_by_account(desk: Client, owner: Person, stranger: Person) -> None:
    address = reverse("admin:auditlog_entry_changelist")
    for value in ("boris", "Boris", str(stranger.account.id)):
        page = desk.get(address, {"account": value, "action": "workspace"})
        rows = page.context["cl"].result_list
        assert {(entry.action, entry.account_id) for entry in rows} == {("workspace.created", stranger.account.id)}
        assert '<input type="hidden" name="action" value="workspace">' in page.content.decode()
    for value in ("nobody", "x\0", '"><script>'):
        page = desk.get(address, {"account": value})
        assert (page.status_code, len(page.context["cl"].result_list)) == (200, 0)
        assert "<script>" not in page.content.decode().split("changelist-filter")[1].split("</nav>")[0]


def test_lists_count_a_limited_number_of_rows(desk: Client, stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_filters, "MOST_ROWS", 2)
    assert desk.get(reverse("admin:auditlog_entry_changelist")).context["cl"].result_count == 2


def test_times_are_iso(desk: Client, stranger: Person) -> None:
    page = desk.get(reverse("admin:auditlog_entry_changelist")).content.decode()
    assert re.search(r"field-occurred[^>]*>(<[^>]+>)?20\d\d-\d\d-\d\d \d\d:\d\d:\d\d<", page)


def test_mail_pages_never_show_the_text(desk: Client, rows: None) -> None:
    mail = OutgoingMail.objects.get()
    text = desk.get(reverse("admin:accounts_outgoingmail_change", args=[mail.pk])).content.decode()
    assert ("Hello" in text, "secret" in text) == (True, False)


def _name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
