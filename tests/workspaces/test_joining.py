"""Answering an invitation: once, in time, by the invited person alone, and for what is left of it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import Account, User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import Invitation, Membership
from orgs.services.invitations import change_invitation, new_link, revoke_invitation
from orgs.services.members import add_member, change_role, remove_member, set_active
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team, delete_team
from rbac import builtin, permissions
from rbac.models import Grant
from tests.cast import PASSWORD, Organization, Person, make_person, share
from tests.invited import built_in, into, invited, token_for
from workspaces.entering import has_confirmed, still_backed
from workspaces.joining import accept, accept_mine, decline, decline_mine, sign_up_and_accept
from workspaces.scoping import enter
from workspaces.services import delete_workspace

TESTS = system("tests")
NEW = "nora@example.com"


def _place(organization: Organization, role: str = builtin.VIEWER) -> dict[str, Any]:
    return into(organization.workspace, role)


def _role_of(person: Person, account: Account) -> str | None:
    return Membership.objects.filter(account=account, user=person.user).values_list("role", flat=True).first()


def _sign_up(token: str, handle: str = "nora") -> tuple[User, Invitation]:
    return sign_up_and_accept(token, first_name="Nora", last_name="New", handle=handle, password=PASSWORD)


def test_accepting_gives_membership_teams_and_the_role_in_the_workspace(
    organization: Organization, stranger: Person
) -> None:
    team = create_team(organization.account, name="Ops", actor=TESTS)
    email = stranger.user.email
    made = invited(organization.account, email, organization.owner, teams=[team], **_place(organization))
    assert enter(stranger.user, organization.workspace.id) is None
    accept(token_for(email), stranger.user)
    access = enter(stranger.user, organization.workspace.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.VIEWER]
    assert _role_of(stranger, organization.account) == "Member"
    assert list(team.members) == [stranger.user]
    made.refresh_from_db()
    assert made.status == "ACCEPTED"
    last = Entry.objects.filter(object_id=str(made.id)).latest("id")
    assert (last.action, last.actor_id) == ("workspace-invitation.accepted", stranger.user.id)


def test_link_works_once(organization: Organization, stranger: Person) -> None:
    invited(organization.account, stranger.user.email, organization.owner)
    token = token_for(stranger.user.email)
    accept(token, stranger.user)
    Membership.objects.filter(user=stranger.user).delete()
    for again in (accept, decline):
        with pytest.raises(ValidationError, match="accepted already"):
            again(token, stranger.user)
    assert _role_of(stranger, organization.account) is None


def test_only_the_invited_person_answers(organization: Organization, stranger: Person, owner: Person) -> None:
    invited(organization.account, stranger.user.email, organization.owner)
    token = token_for(stranger.user.email)
    bot, _, _ = create_service_account(
        organization.account, name="bot", role=permissions.MEMBER, expires_at=None, actor=TESTS
    )
    for wrong in (owner.user, organization.member.user, User.actors.get(id=bot.id)):
        for answer in (accept, decline):
            with pytest.raises(PermissionDenied):
                answer(token, wrong)
    stranger.user.email = stranger.user.email.upper()
    accept(token, stranger.user)
    assert _role_of(stranger, organization.account) == "Member"


@pytest.mark.parametrize("answer", [accept, decline])
def test_nothing_opens_after_revoking_replacing_or_expiring(
    organization: Organization, stranger: Person, answer: Callable[[str, User], Invitation]
) -> None:
    email = stranger.user.email
    made = invited(organization.account, email, organization.owner)
    replaced = token_for(email)
    fresh = new_link(made, actor=TESTS).rpartition("/")[2]
    with pytest.raises(ValidationError, match="not there any more"):
        answer(replaced, stranger.user)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ValidationError, match="has expired"):
        answer(fresh, stranger.user)
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke_invitation(made, actor=TESTS)
    with pytest.raises(ValidationError, match="revoked already"):
        answer(fresh, stranger.user)
    assert _role_of(stranger, organization.account) is None
    invited(organization.account, email, organization.owner)
    answer(token_for(email), stranger.user)


def test_role_is_that_of_the_moment_of_accepting(organization: Organization, stranger: Person) -> None:
    place = _place(organization, builtin.OWNER)
    made = invited(organization.account, stranger.user.email, organization.owner, permissions.OWNER, **place)
    change_invitation(made, role="Member", workspace_role=built_in(builtin.VIEWER), actor=TESTS)
    accept(token_for(stranger.user.email), stranger.user)
    access = enter(stranger.user, organization.workspace.id)
    assert access is not None
    assert (_role_of(stranger, organization.account), access.scopes) == ("Member", builtin.SCOPES[builtin.VIEWER])


def test_mailed_token_confirms_the_address_and_a_shown_one_does_not(
    organization: Organization, stranger: Person
) -> None:
    for shown in (True, False):
        EmailAddress.objects.filter(user=stranger.user).update(verified=False)
        Membership.objects.filter(user=stranger.user).delete()
        made = invited(organization.account, stranger.user.email, organization.owner)
        token = new_link(made, actor=TESTS).rpartition("/")[2] if shown else token_for(stranger.user.email)
        accept(token, stranger.user)
        assert has_confirmed(stranger.user) is not shown
    confirmed = Entry.objects.filter(action="user.email-confirmed", object_id=str(stranger.user.id))
    assert confirmed.count() == 1


def test_without_the_token_only_a_confirmed_address_answers(
    organization: Organization, stranger: Person, owner: Person
) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner)
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    for wrong in (stranger.user, owner.user):
        for answer in (accept_mine, decline_mine):
            with pytest.raises(ValidationError, match="not there any more"):
                answer(made.id, wrong)
    EmailAddress.objects.filter(user=stranger.user).update(verified=True)
    accept_mine(made.id, stranger.user)
    assert _role_of(stranger, organization.account) == "Member"


def test_higher_member_keeps_the_role_and_a_lower_one_rises(organization: Organization) -> None:
    for before, asked, after in (("Admin", "Member", "Admin"), ("Member", "Admin", "Admin")):
        person = make_person(f"p-{before.lower()}")
        invited(organization.account, person.user.email, organization.owner, asked, **_place(organization))
        add_member(organization.account, user=person.user, role=before, actor=TESTS)
        share(organization.workspace, person.user, builtin.DEVELOPER)
        accept(token_for(person.user.email), person.user)
        assert _role_of(person, organization.account) == after
        assert Grant.objects.get(user=person.user).role.name == builtin.DEVELOPER


def test_suspended_member_stays_suspended(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner, "Admin")
    membership = add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    set_active(membership, False, actor=TESTS)
    with pytest.raises(ValidationError, match="is suspended"):
        accept(token_for(stranger.user.email), stranger.user)
    membership.refresh_from_db()
    made.refresh_from_db()
    assert (membership.role, membership.active, made.status) == ("Member", False, "PENDING")


def test_who_accepts_joins_what_is_left(organization: Organization, stranger: Person) -> None:
    kept, gone = (create_team(organization.account, name=name, actor=TESTS) for name in ("Kept", "Gone"))
    email = stranger.user.email
    invited(organization.account, email, organization.owner, teams=[kept, gone], **_place(organization))
    delete_team(gone, actor=TESTS)
    delete_workspace(organization.workspace, actor=TESTS)
    accept(token_for(email), stranger.user)
    assert (_role_of(stranger, organization.account), list(kept.members)) == ("Member", [stranger.user])


def test_collaborator_enters_one_workspace_of_a_personal_account(owner: Person, stranger: Person) -> None:
    place = into(owner.workspace, builtin.DEVELOPER)
    invited(owner.account, stranger.user.email, owner, permissions.COLLABORATOR, **place)
    accept(token_for(stranger.user.email), stranger.user)
    access = enter(stranger.user, owner.workspace.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.DEVELOPER]
    assert _role_of(stranger, owner.account) == "Collaborator"


def test_declining_needs_no_account_and_is_for_good(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    decline(token, None)
    with pytest.raises(ValidationError, match="rejected already"):
        _sign_up(token)
    made.refresh_from_db()
    entry = Entry.objects.filter(object_id=str(made.id)).latest("id")
    assert (made.status, entry.action, entry.actor_name) == ("REJECTED", "account-invitation.rejected", NEW)


def test_newcomer_makes_an_account_while_accepting(organization: Organization) -> None:
    invited(organization.account, NEW, organization.owner, **_place(organization))
    user, _ = _sign_up(token_for(NEW))
    assert (user.email, user.handle, user.check_password(PASSWORD), has_confirmed(user)) == (NEW, "nora", True, True)
    assert enter(user, organization.workspace.id) is not None


def test_shown_link_makes_an_account_whose_address_is_not_confirmed(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    user, _ = _sign_up(new_link(made, actor=TESTS).rpartition("/")[2])
    assert (has_confirmed(user), Membership.objects.filter(user=user).count()) == (False, 1)


def test_account_and_acceptance_come_together_or_not_at_all(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    with pytest.raises(ValidationError) as refused:
        _sign_up(token, handle=stranger.user.handle)
    assert (refused.value.code, User.objects.filter(email=NEW).exists()) == ("taken", False)
    revoke_invitation(made, actor=TESTS)
    with pytest.raises(ValidationError):
        _sign_up(token)
    assert not User.objects.filter(email=NEW).exists()


def test_who_has_an_account_does_not_get_another(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner)
    with pytest.raises(ValidationError) as refused:
        _sign_up(token_for(stranger.user.email))
    made.refresh_from_db()
    assert (refused.value.code, made.status) == ("known", "PENDING")


def _membership(organization: Organization, person: Person) -> Membership:
    return Membership.objects.get(account=organization.account, user=person.user)


def _removed(organization: Organization, person: Person) -> None:
    remove_member(_membership(organization, person), actor=TESTS)


def _suspended(organization: Organization, person: Person) -> None:
    set_active(_membership(organization, person), False, actor=TESTS)


def _demoted(organization: Organization, person: Person) -> None:
    change_role(_membership(organization, person), "Member", actor=TESTS)


def _deactivated(organization: Organization, person: Person) -> None:
    User.objects.filter(id=person.user.id).update(is_active=False)


def _forgotten(organization: Organization, person: Person) -> None:
    Invitation.objects.update(invited_by=None)


LOSSES = [_removed, _suspended, _demoted, _deactivated, _forgotten]


@pytest.mark.parametrize("role", ["Admin", "Member"])
@pytest.mark.parametrize("lose", LOSSES)
def test_invitation_does_not_outlive_the_rights_of_its_sender(
    organization: Organization, stranger: Person, lose: Callable[[Organization, Person], None], role: str
) -> None:
    made = invited(organization.account, stranger.user.email, organization.admin, role)
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    token = token_for(stranger.user.email)
    lose(organization, organization.admin)
    with pytest.raises(ValidationError, match="may not invite to this any more") as refused:
        accept(token, stranger.user)
    made.refresh_from_db()
    last = Entry.objects.filter(object_id=str(made.id)).latest("id")
    assert (refused.value.code, made.status, last.action) == ("conflict", "REVOKED", "account-invitation.revoked")
    assert (_role_of(stranger, organization.account), has_confirmed(stranger.user)) == (None, False)
    with pytest.raises(ValidationError, match="revoked already"):
        accept(token, stranger.user)


def test_nobody_comes_in_by_another_door_when_the_sender_is_gone(organization: Organization, stranger: Person) -> None:
    mine = invited(organization.account, stranger.user.email, organization.admin)
    invited(organization.account, NEW, organization.admin)
    _removed(organization, organization.admin)
    with pytest.raises(ValidationError, match="may not invite"):
        accept_mine(mine.id, stranger.user)
    with pytest.raises(ValidationError, match="may not invite"):
        _sign_up(token_for(NEW))
    assert (_role_of(stranger, organization.account), User.objects.filter(email=NEW).exists()) == (None, False)
    assert set(Invitation.objects.values_list("status", flat=True)) == {"REVOKED"}


@pytest.mark.parametrize("gone", [True, False])
def test_member_is_lifted_only_while_the_sender_could_do_it(
    organization: Organization, stranger: Person, gone: bool
) -> None:
    """Who was invited as Admin became a Member by another way meanwhile."""
    invited(organization.account, stranger.user.email, organization.admin, "Admin")
    add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    if gone:
        _removed(organization, organization.admin)
        with pytest.raises(ValidationError, match="may not invite"):
            accept(token_for(stranger.user.email), stranger.user)
    else:
        accept(token_for(stranger.user.email), stranger.user)
    assert _role_of(stranger, organization.account) == ("Member" if gone else "Admin")


def test_scopes_of_a_workspace_alone_back_no_invitation(organization: Organization, stranger: Person) -> None:
    place = _place(organization, builtin.DEVELOPER)
    made = invited(organization.account, stranger.user.email, organization.admin, **place)
    assert still_backed(made) is True
    Invitation.objects.filter(id=made.id).update(invited_by=organization.member.user)
    share(organization.workspace, organization.member.user, builtin.OWNER)
    made.refresh_from_db()
    assert still_backed(made) is False  # scopes alone do not invite
    with pytest.raises(ValidationError, match="may not invite"):
        accept(token_for(stranger.user.email), stranger.user)
    assert enter(stranger.user, organization.workspace.id) is None


def test_who_changes_or_sends_an_invitation_stands_behind_it(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.admin)
    rights = permissions.ROLES[permissions.OWNER]
    owner = organization.owner.user
    change_invitation(made, role="Owner", actor=owner.as_actor(), within=rights)
    _removed(organization, organization.admin)
    accept(token_for(stranger.user.email), stranger.user)
    made.refresh_from_db()
    assert (made.invited_by, _role_of(stranger, organization.account)) == (owner, "Owner")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(organization: Organization, stranger: Person) -> None:
    invited(organization.account, stranger.user.email, organization.owner)
    token, answers, start = token_for(stranger.user.email), list[str](), threading.Barrier(4)

    def work() -> None:
        try:
            start.wait(10)
            accept(token, stranger.user)
            answers.append("joined")
        except ValidationError as error:
            answers.append(error.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["This invitation is accepted already."] * 3 + ["joined"]
    assert Membership.objects.filter(user=stranger.user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_up_at_once_one_gets_the_account(organization: Organization) -> None:
    invited(organization.account, NEW, organization.owner)
    token, made, start = token_for(NEW), list[str](), threading.Barrier(2)

    def work(handle: str) -> None:
        try:
            start.wait(10)
            made.append(_sign_up(token, handle)[0].handle)
        except ValidationError as error:
            made.append(error.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[handle]) for handle in ("nora", "nora-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert "This invitation is accepted already." in made
    assert User.objects.filter(email=NEW).count() == 1
