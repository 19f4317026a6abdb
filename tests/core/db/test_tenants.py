"""Row-level security: a query that forgets its tenant finds nothing, whoever wrote it."""

import threading
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from auditlog.actors import system
from auditlog.models import Entry
from auditlog.services import record
from core.db import policies, tenants
from rbac import access_lists
from tests.cast import Person
from tests.conftest import as_role
from workspaces.flows.models import Flow
from workspaces.flows.services import get_or_create_flow
from workspaces.work_pools.models import WorkPool, WorkPoolUserPermission

# Tables that refer to a workspace or account and are read to find out who may enter: the first wall stands on them.
READ_BEFORE_ENTERING = {
    "accounts_accountimage": "public to all who see the account",
    "accounts_formerhandle": "finds the account of an old address",
    "accounts_outgoingmail": "is sent for all accounts by one task",
    "accounts_user": "people belong to no tenant",
    "orgs_allowednetwork": "decides who may enter",
    "orgs_domain": "finds the organization of an email address",
    "orgs_invitation": "is read by those who are not in yet",
    "orgs_membership": "decides who may enter",
    "orgs_team": "decides who may enter",
    "rbac_grant": "decides who may enter",
    "rbac_roleholders": "decides who may enter",
    "rbac_workspacegrouppermission": "decides who may enter",
    "rbac_workspacerole": "decides who may enter",
    "transfers_refusedsource": "is read when somebody of another account asks",
    "transfers_transfer": "belongs to two accounts",
    "workspaces_formeraddress": "finds the workspace of an old address",
    "workspaces_workspace": "decides who may enter",
}
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security")


@pytest.fixture
def in_request() -> Iterator[None]:
    """Be in a request that has entered nothing yet. Call `tenants.begin_request` in the test to begin it."""
    yield
    tenants.end_request()


def flow_of(person: Person, name: str) -> Flow:
    flow, _ = get_or_create_flow(person.workspace, name=name, tags=[], labels={}, actor=person.user.as_actor())
    return flow


def all_names() -> set[str]:
    return set(Flow.objects.values_list("name", flat=True))


def test_every_table_of_a_tenant_has_a_forced_policy() -> None:
    tables = {model._meta.db_table for model in policies.protected_models()}
    referring = {
        model._meta.db_table
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.column in ("workspace_id", "account_id", "home_account_id") or field.name == "content_object"
        if model._meta.app_label != "shelf"
    }
    assert {"runs_flowrun", "events_event", "runs_log", "auditlog_entry"} <= tables
    assert referring - tables == READ_BEFORE_ENTERING.keys()


@on_postgresql
def test_policies_are_installed(db: None) -> None:
    assert policies.installed_policies().keys() == {model._meta.db_table for model in policies.protected_models()}
    policies.install()  # again, as by the next migration


@on_postgresql
def test_forgotten_filter_finds_nothing(owner: Person, stranger: Person, in_request: None) -> None:
    ours, theirs = flow_of(owner, "ours"), flow_of(stranger, "theirs")
    assert all_names() == {"ours", "theirs"}
    tenants.begin_request()
    assert all_names() == set()
    tenants.reach(owner.workspace.id)
    assert all_names() == {"ours"}
    assert Flow.objects.filter(id=theirs.id).update(name="x") == 0
    assert Flow.objects.filter(id=theirs.id).delete()[0] == 0
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Flow.objects.create(workspace=stranger.workspace, name="planted")
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Flow.objects.filter(id=ours.id).update(workspace=stranger.workspace)
    with connection.cursor() as cursor:
        cursor.execute("select name from flows_flow where id = %s", [theirs.id])
        assert cursor.fetchall() == []
    with tenants.reaching_all():
        assert all_names() == {"ours", "theirs"}
    assert all_names() == {"ours"}
    tenants.end_request()
    assert all_names() == {"ours", "theirs"}


@on_postgresql
def test_parts_of_rows_are_as_hidden_as_the_rows(owner: Person, stranger: Person, in_request: None) -> None:
    """Access lists, which have no column with a tenant."""
    for person in (owner, stranger):
        pool = WorkPool.objects.create(
            workspace=person.workspace, name="p", type="process", created=timezone.now(), updated=timezone.now()
        )
        access_lists.replace_list(pool, {access_lists.RUN: access_lists.AccessEntry(users=frozenset([person.user.id]))})
    users = WorkPoolUserPermission.objects.values_list("user", flat=True)
    tenants.begin_request()
    assert list(users.all()) == []
    tenants.reach(owner.workspace.id)
    assert list(users.all()) == [owner.user.id]
    assert WorkPoolUserPermission.objects.filter(user=stranger.user).delete()[0] == 0
    with tenants.reaching_all():
        assert set(users.all()) == {owner.user.id, stranger.user.id}


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_setting_ends_with_its_transaction(owner: Person, in_request: None) -> None:
    """So that it holds behind a pool, which gives the next transaction to another request."""
    flow_of(owner, "ours")
    tenants.begin_request()
    tenants.reach(owner.workspace.id)
    assert Flow.objects.count() == 1
    with transaction.atomic():
        assert Flow.objects.count() == 1
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tenants.begin_request()
            assert Flow.objects.count() == 0
            raise ZeroDivisionError
        assert Flow.objects.count() == 0
        tenants.reach(owner.workspace.id)
        assert Flow.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW bailiwick.tenants")
        assert cursor.fetchone() == ("",)


@on_postgresql
def test_entries_are_written_about_anybody_and_read_by_the_tenant(owner: Person, in_request: None) -> None:
    tenants.begin_request()
    record("user.sign-in-failed", actor=system("tests"), object_id=owner.user.id, account_id=owner.account.id)
    found = Entry.objects.filter(action="user.sign-in-failed")
    assert not found.exists()
    tenants.reach(owner.account.id)
    assert found.exists()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_web_processes_may_not_touch_written_entries(owner: Person) -> None:
    flow_of(owner, "ours")
    for role, refused in ((policies.WEB, "permission denied"), (policies.WORKER, "never changed")):
        for _ in as_role(policies.role_of(role)):
            with connection.cursor() as cursor, pytest.raises(DatabaseError, match=refused):
                cursor.execute("UPDATE auditlog_entry SET action = 'x'")
            with connection.cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
                cursor.execute("TRUNCATE auditlog_entry")


def test_threads_do_not_share_what_they_reach(in_request: None) -> None:
    tenants.begin_request()
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(tenants.reached()))
    thread.start()
    thread.join()
    assert found == [tenants.ALL]


@on_postgresql
def test_failed_statement_neither_opens_nor_closes_the_transaction(
    owner: Person, stranger: Person, in_request: None
) -> None:
    flow_of(owner, "ours")
    flow_of(stranger, "theirs")
    tenants.begin_request()
    tenants.reach(owner.workspace.id)
    with pytest.raises(DatabaseError), transaction.atomic(), tenants.reaching_all(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert all_names() == {"ours"}
    with tenants.reaching_all():
        assert all_names() == {"ours", "theirs"}
    with pytest.raises(DatabaseError, match="NUL"), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["\0"])
    assert all_names() == {"ours"}


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_statements_that_cannot_say_what_they_reach_are_refused() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="in a transaction"):
        cursor.executemany("SELECT %s", [(1,), (2,)])


@on_postgresql
def test_policies_wait_for_tables_that_are_not_there(db: None) -> None:
    """As when one app alone is migrated."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE variables_variable RENAME TO renamed")
        cursor.execute("DROP POLICY bailiwick_tenant ON flows_flow")
    policies.install()
    assert "flows_flow" in policies.installed_policies()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_role_without_rights_is_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("CREATE ROLE bailiwick_tests_bare")
    try:
        for role in ("bailiwick_tests_bare", "bailiwick_tests_missing"):
            for _ in as_role(role):
                assert not Flow.objects.exists()
        assert ["has no rights yet" in text or "does not exist" in text for text in caplog.messages].count(True) == 2
        assert "superuser" in caplog.text
    finally:
        for _ in as_role(""):
            with connection.cursor() as cursor:
                cursor.execute("DROP ROLE bailiwick_tests_bare")
