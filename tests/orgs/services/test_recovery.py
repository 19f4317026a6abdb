"""What ends with a proof of an address: in words, and in which cases."""

import pytest

from accounts.models import ApiKey, User
from accounts.services.addresses import is_confirmed
from accounts.services.keys import create_key
from accounts.services.people import create_user
from accounts.services.sessions import Browser
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Membership
from orgs.services.members import add_member
from orgs.services.recovery import EndedAccess, prove_address, recover_account
from rbac import permissions
from tests.cast import Person

BY = system("tests")
ELSEWHERE, WHERE_THEY_SIGNED_UP = Browser("other", signed_up=False), Browser("first", signed_up=True)


@pytest.fixture
def una(db: None) -> User:
    """An account with a key, whose address nobody has proven to read."""
    made = create_user(email="una@example.com", password="x", handle="una", confirmed=False)
    create_key(made, name="laptop", expires_at=None, actor=BY)
    return made


def keys(user: User) -> int:
    return ApiKey.objects.filter(user=user).count()


@pytest.mark.parametrize(
    ("ended", "phrases"),
    [
        (EndedAccess(), []),
        (EndedAccess(sessions=1), ["1 session signed out"]),
        (EndedAccess(keys=2, invitations=2), ["2 API keys revoked", "2 invitations that you sent revoked"]),
        (EndedAccess(collaborators=1, restrictions=3), ["1 collaborator removed", "3 access restrictions turned off"]),
    ],
)
def test_what_ended_is_said_with_its_number(ended: EndedAccess, phrases: list[str]) -> None:
    assert (ended.phrases, bool(ended)) == (phrases, bool(phrases))


def test_first_proof_ends_what_was_opened_before(una: User) -> None:
    ended = prove_address(una, browser=ELSEWHERE)
    assert ended == EndedAccess(keys=1)
    assert (is_confirmed(una), keys(una)) == (True, 0)
    assert Entry.objects.get(action="user.access-ended").detail["keys"] == 1


def test_second_proof_ends_nothing(una: User) -> None:
    prove_address(una, browser=ELSEWHERE)
    create_key(User.objects.get(id=una.id), name="laptop", expires_at=None, actor=BY)
    assert prove_address(una, browser=ELSEWHERE) is None
    assert keys(una) == 1


def test_proof_where_the_person_signed_up_ends_nothing(una: User) -> None:
    assert prove_address(una, browser=WHERE_THEY_SIGNED_UP) == EndedAccess()
    assert (is_confirmed(una), keys(una)) == (True, 1)


def test_every_recovery_ends_access_and_only_the_first_removes_collaborators(una: User, stranger: Person) -> None:
    account = una.personal_account
    add_member(account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    assert recover_account(una) == EndedAccess(keys=1, collaborators=1)
    una.refresh_from_db()
    create_key(una, name="laptop", expires_at=None, actor=una.as_actor())
    add_member(account, user=stranger.user, role=permissions.COLLABORATOR, actor=BY)
    assert recover_account(una) == EndedAccess(keys=1)
    assert Membership.objects.filter(account=account, user=stranger.user).exists()
