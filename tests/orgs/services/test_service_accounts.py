"""Service accounts: a name and a role within the rights of the actor, one key that others replace, and a clean end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services.keys import find_key
from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Forbidden, Invalid, Taken
from orgs.models import Membership, ServiceAccount
from orgs.services.service_accounts import (
    MOST_GRACE,
    active_key,
    create_service_account,
    delete_service_account,
    end_rotating_key,
    rename_service_account,
    role_of,
    rotate_key,
    rotating_keys,
    update_service_account,
)
from rbac import permissions
from rbac.models import Grant
from tests.cast import Organization, Person, share

BY = system("tests")
RIGHTS: dict[str, Any] = {"actor": BY, "granter_scopes": permissions.ROLES[permissions.MEMBER]}


@pytest.fixture
def bot(organization: Organization) -> ServiceAccount:
    made, _, _ = create_service_account(organization.account, name="ci", actor=BY)
    return made


@pytest.fixture
def admin_bot(organization: Organization) -> ServiceAccount:
    made, _, _ = create_service_account(organization.account, name="boss", role=permissions.ADMIN, actor=BY)
    return made


def test_it_is_made_with_a_key_that_works(organization: Organization) -> None:
    bot, key, value = create_service_account(organization.account, name=" ci ", actor=BY)
    found = find_key(value)
    assert found is not None
    assert (found.id, found.user_id, bot.name, role_of(bot)) == (key.id, bot.id, "ci", permissions.MEMBER)
    assert value.startswith("pnb_")


def test_it_is_no_person(bot: ServiceAccount) -> None:
    assert not User.objects.filter(id=bot.id).exists()
    assert not bot.has_usable_password()


@pytest.mark.parametrize(
    "bad",
    [
        {"name": " "},
        {"name": "ci"},
        {"name": "x" * 81},
        {"role": permissions.COLLABORATOR},
        {"role": "Emperor"},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
    ],
)
def test_bad_one_is_refused(organization: Organization, bot: ServiceAccount, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        create_service_account(organization.account, **{"name": "new", "actor": BY, **bad})
    assert ServiceAccount.objects.count() == 1


def test_name_is_taken_in_its_account_alone(organization: Organization, owner: Person, bot: ServiceAccount) -> None:
    create_service_account(owner.account, name="ci", actor=BY)
    other, _, _ = create_service_account(organization.account, name="other", actor=BY)
    with pytest.raises(Taken):
        rename_service_account(other, "ci", actor=BY)


def test_one_too_many_is_refused(organization: Organization, bot: ServiceAccount, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "service_accounts": 1}
    with pytest.raises(Invalid, match="at most 1 service accounts"):
        create_service_account(organization.account, name="new", actor=BY)


def test_nobody_makes_changes_or_gets_the_key_of_one_with_more_rights(
    organization: Organization, bot: ServiceAccount, admin_bot: ServiceAccount
) -> None:
    key = active_key(admin_bot)
    assert key is not None
    refused: list[Callable[[], object]] = [
        lambda: create_service_account(organization.account, name="new", role=permissions.ADMIN, **RIGHTS),
        lambda: update_service_account(bot, role=permissions.ADMIN, **RIGHTS),
        lambda: rename_service_account(admin_bot, "new", **RIGHTS),
        lambda: rotate_key(admin_bot, **RIGHTS),
        lambda: end_rotating_key(admin_bot, key.id, **RIGHTS),
        lambda: delete_service_account(admin_bot, **RIGHTS),
    ]
    for call in refused:
        with pytest.raises(Forbidden):
            call()
    assert (role_of(bot), active_key(admin_bot)) == (permissions.MEMBER, key)


def test_name_and_role_change_together_or_not_at_all(bot: ServiceAccount) -> None:
    with pytest.raises(Invalid):
        update_service_account(bot, name="new", role=permissions.COLLABORATOR, actor=BY)
    bot.refresh_from_db()
    assert bot.name == "ci"
    update_service_account(bot, name="new", role=permissions.ADMIN, actor=BY)
    bot.refresh_from_db()
    assert (bot.name, role_of(bot)) == ("new", permissions.ADMIN)


def test_same_name_again_is_not_recorded(bot: ServiceAccount) -> None:
    rename_service_account(bot, " ci ", actor=BY)
    assert not Entry.objects.filter(action="service-account.updated").exists()


def test_role_brings_back_one_that_has_none(bot: ServiceAccount) -> None:
    Membership.objects.filter(user=bot).delete()
    assert role_of(bot) == ""
    update_service_account(bot, role=permissions.MEMBER, actor=BY)
    assert role_of(bot) == permissions.MEMBER


def test_rotation_ends_the_key_at_once_or_after_a_grace(bot: ServiceAccount) -> None:
    first = active_key(bot)
    second, _ = rotate_key(bot, actor=BY)
    assert list(bot.api_keys.all()) == [second]
    third, _ = rotate_key(bot, grace=timedelta(hours=1), actor=BY)
    assert (active_key(bot), rotating_keys(bot)) == (third, [second])
    assert first is not None
    second.refresh_from_db()
    assert second.expires_at is not None
    assert timedelta(minutes=59) < second.expires_at - timezone.now() <= timedelta(hours=1)


def test_grace_makes_no_key_live_longer(bot: ServiceAccount) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    ApiKey.objects.filter(user=bot).update(expires_at=soon)
    rotate_key(bot, grace=timedelta(hours=1), actor=BY)
    assert [key.expires_at for key in rotating_keys(bot)] == [soon]


def test_at_most_two_keys_work_at_a_time(bot: ServiceAccount) -> None:
    for _ in range(3):
        rotate_key(bot, grace=timedelta(hours=1), actor=BY)
    assert bot.api_keys.count() == 2


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), MOST_GRACE + timedelta(seconds=1)])
def test_grace_has_bounds(bot: ServiceAccount, grace: timedelta) -> None:
    before = active_key(bot)
    with pytest.raises(Invalid, match="48 hours"):
        rotate_key(bot, grace=grace, actor=BY)
    assert active_key(bot) == before


def test_replaced_key_is_ended_before_its_time_and_the_active_one_is_not(bot: ServiceAccount) -> None:
    old = active_key(bot)
    new, _ = rotate_key(bot, grace=timedelta(hours=1), actor=BY)
    assert old is not None
    assert [end_rotating_key(bot, old.id, actor=BY) for _ in range(2)] == [True, False]
    with pytest.raises(Conflict, match="rotate it instead"):
        end_rotating_key(bot, new.id, actor=BY)


def test_deleted_one_leaves_nothing_but_entries(organization: Organization, bot: ServiceAccount) -> None:
    share(organization.workspace, bot, "Viewer")
    delete_service_account(bot, actor=BY)
    assert not ApiKey.objects.filter(user=bot.id).exists()
    assert not Membership.objects.filter(user=bot.id).exists()
    assert not Grant.objects.filter(user=bot.id).exists()
    assert Entry.objects.filter(action="service-account.deleted", object_id=bot.id).exists()


def test_one_that_is_gone_cannot_be_changed(bot: ServiceAccount) -> None:
    gone = ServiceAccount.objects.get(id=bot.id)
    delete_service_account(bot, actor=BY)
    for change in (
        lambda: rename_service_account(gone, "new", actor=BY),
        lambda: rotate_key(gone, actor=BY),
        lambda: delete_service_account(gone, actor=BY),
    ):
        with pytest.raises(Conflict, match="was deleted"):
            change()
