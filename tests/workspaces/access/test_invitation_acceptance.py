"""Answering an invitation: once, in time, by the invited person alone, and for what is left of it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import Account, User
from accounts.services.addresses import is_confirmed
from accounts.services.sessions import Browser
from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Conflict, Taken
from orgs.models import Invitation, Membership
from orgs.services.invitations import change_invitation, new_link, revoke_invitation
from orgs.services.members import add_member, change_role, remove_member, set_active
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import create_team, delete_team
from rbac import builtin, permissions
from rbac.models import Grant
from tests.cast import PASSWORD, Organization, Person, make_person, share
from tests.invited import built_in, into, invited, token_for
from workspaces.access.invitation_acceptance import accept_by_id, accept_by_token, decline_by_id, decline_by_token
from workspaces.access.invitation_grants import sender_may_invite
from workspaces.access.invitation_sign_up import sign_up_and_accept
from workspaces.directory.services import create_workspace, delete_workspace
from workspaces.scoping import enter

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
    accept_by_token(token_for(email), stranger.user)
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
    accept_by_token(token, stranger.user)
    Membership.objects.filter(user=stranger.user).delete()
    for again in (accept_by_token, decline_by_token):
        with pytest.raises(ValidationError, match="already accepted"):
            again(token, stranger.user)
    assert _role_of(stranger, organization.account) is None


def test_only_the_invited_person_answers(organization: Organization, stranger: Person, owner: Person) -> None:
    invited(organization.account, stranger.user.email, organization.owner)
    token = token_for(stranger.user.email)
    bot, _, _ = create_service_account(
        organization.account, name="bot", role=permissions.MEMBER, expires_at=None, actor=TESTS
    )
    for wrong in (owner.user, organization.member.user, User.actors.get(id=bot.id)):
        for answer in (accept_by_token, decline_by_token):
            with pytest.raises(PermissionDenied):
                answer(token, wrong)
    stranger.user.email = stranger.user.email.upper()
    accept_by_token(token, stranger.user)
    assert _role_of(stranger, organization.account) == "Member"


@pytest.mark.parametrize("answer", [accept_by_token, decline_by_token])
def test_nothing_opens_after_revoking_replacing_or_expiring(
    organization: Organization, stranger: Person, answer: Callable[[str, User], Invitation]
) -> None:
    email = stranger.user.email
    made = invited(organization.account, email, organization.owner)
    replaced = token_for(email)
    fresh = new_link(made, actor=TESTS).rpartition("/")[2]
    with pytest.raises(ValidationError, match="no longer exists"):
        answer(replaced, stranger.user)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ValidationError, match="has expired"):
        answer(fresh, stranger.user)
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke_invitation(made, actor=TESTS)
    with pytest.raises(ValidationError, match="already revoked"):
        answer(fresh, stranger.user)
    assert _role_of(stranger, organization.account) is None
    invited(organization.account, email, organization.owner)
    answer(token_for(email), stranger.user)


def test_role_is_that_of_the_moment_of_accepting(organization: Organization, stranger: Person) -> None:
    place = _place(organization, builtin.OWNER)
    made = invited(organization.account, stranger.user.email, organization.owner, permissions.OWNER, **place)
    change_invitation(made, role="Member", workspace_role=built_in(builtin.VIEWER), actor=TESTS)
    accept_by_token(token_for(stranger.user.email), stranger.user)
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
        accept_by_token(token, stranger.user, browser=Browser("", signed_up=True))
        assert is_confirmed(stranger.user) is not shown
    confirmed = Entry.objects.filter(action="user.email-confirmed", object_id=str(stranger.user.id))
    assert confirmed.count() == 1


def test_without_the_token_only_a_confirmed_address_answers(
    organization: Organization, stranger: Person, owner: Person
) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner)
    EmailAddress.objects.filter(user=stranger.user).update(verified=False)
    for wrong in (stranger.user, owner.user):
        for answer in (accept_by_id, decline_by_id):
            with pytest.raises(ValidationError, match="no longer exists"):
                answer(made.id, wrong)
    EmailAddress.objects.filter(user=stranger.user).update(verified=True)
    accept_by_id(made.id, stranger.user)
    assert _role_of(stranger, organization.account) == "Member"


def test_higher_member_keeps_the_role_and_a_lower_one_rises(organization: Organization) -> None:
    """A member may be invited at another address, and change to this address before they accept."""
    for before, asked, after in (("Admin", "Member", "Admin"), ("Member", "Admin", "Admin")):
        person, email = make_person(f"p-{before.lower()}"), f"new-{before.lower()}@example.com"
        invited(organization.account, email, organization.owner, asked, **_place(organization))
        add_member(organization.account, user=person.user, role=before, actor=TESTS)
        share(organization.workspace, person.user, builtin.DEVELOPER)
        person.user.email = email
        person.user.save()
        accept_by_token(token_for(email), person.user)
        assert _role_of(person, organization.account) == after
        assert Grant.objects.get(user=person.user).role.name == builtin.DEVELOPER


def test_suspended_member_stays_suspended(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, "new@example.com", organization.owner, "Admin")
    membership = add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    set_active(membership, False, actor=TESTS)
    stranger.user.email = "new@example.com"
    stranger.user.save()
    with pytest.raises(ValidationError, match="is suspended"):
        accept_by_token(token_for("new@example.com"), stranger.user)
    membership.refresh_from_db()
    made.refresh_from_db()
    assert (membership.role, membership.active, made.status) == ("Member", False, "PENDING")


def test_joining_ends_the_other_invitations_to_the_organization(
    organization: Organization, owner: Person, stranger: Person
) -> None:
    email, account = stranger.user.email, organization.account
    older = invited(account, email, organization.owner)
    old_token = token_for(email)
    newer = invited(account, email, organization.owner, **_place(organization))
    elsewhere = invited(owner.account, email, owner, permissions.COLLABORATOR, **into(owner.workspace, builtin.VIEWER))
    other_person = invited(account, NEW, organization.owner)
    accept_by_id(newer.id, stranger.user)
    for answer in (accept_by_token, decline_by_token):
        with pytest.raises(ValidationError, match="ended when the invited person joined in another way"):
            answer(old_token, stranger.user)
    with pytest.raises(ValidationError, match="joined in another way"):
        new_link(older, actor=TESTS)
    for row, status, ended in (
        (older, "REVOKED", True),
        (newer, "ACCEPTED", False),
        (elsewhere, "PENDING", False),
        (other_person, "PENDING", False),
    ):
        row.refresh_from_db()
        assert (row.status, row.joined_otherwise) == (status, ended)
    entry = Entry.objects.filter(object_id=str(older.id)).latest("id")
    assert (entry.action, entry.detail["reason"]) == (
        "account-invitation.revoked",
        "The person joined in another way.",
    )


def test_member_who_is_added_by_an_operator_needs_no_invitation(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner, "Admin")
    add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    with pytest.raises(ValidationError, match="joined in another way"):
        accept_by_id(made.id, stranger.user)
    assert _role_of(stranger, organization.account) == "Member"


def test_migration_ends_what_members_left_pending(organization: Organization, owner: Person, stranger: Person) -> None:
    email = stranger.user.email
    member = invited(organization.account, email, organization.owner)
    collaborator = invited(
        owner.account, email, owner, permissions.COLLABORATOR, **into(owner.workspace, builtin.VIEWER)
    )
    nobody = invited(organization.account, NEW, organization.owner)
    add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    Invitation.objects.update(status="PENDING", joined_otherwise=False)
    import_module("orgs.migrations.0007_end_invitations_of_members").end(apps, None)
    for row, ended in ((member, True), (collaborator, False), (nobody, False)):
        row.refresh_from_db()
        assert (row.joined_otherwise, row.status) == (ended, "REVOKED" if ended else "PENDING")


def test_collaborator_keeps_invitations_to_other_workspaces_until_they_get_a_role_there(
    owner: Person, stranger: Person
) -> None:
    second = create_workspace(owner.account, name="Second", handle="second", actor=TESTS)
    role, email = permissions.COLLABORATOR, stranger.user.email
    first_made = invited(owner.account, email, owner, role, **into(owner.workspace, builtin.VIEWER))
    second_made = invited(owner.account, email, owner, role, **into(second, builtin.OWNER))
    accept_by_id(first_made.id, stranger.user)
    second_made.refresh_from_db()
    assert second_made.status == "PENDING"
    share(second, stranger.user, builtin.VIEWER)
    with pytest.raises(ValidationError, match="joined in another way"):
        accept_by_id(second_made.id, stranger.user)
    assert Grant.objects.get(workspace=second, user=stranger.user).role.name == builtin.VIEWER


def test_who_accepts_joins_what_is_left(organization: Organization, stranger: Person) -> None:
    kept, gone = (create_team(organization.account, name=name, actor=TESTS) for name in ("Kept", "Gone"))
    email = stranger.user.email
    invited(organization.account, email, organization.owner, teams=[kept, gone], **_place(organization))
    delete_team(gone, actor=TESTS)
    delete_workspace(organization.workspace, actor=TESTS)
    accept_by_token(token_for(email), stranger.user)
    assert (_role_of(stranger, organization.account), list(kept.members)) == ("Member", [stranger.user])


def test_collaborator_enters_one_workspace_of_a_personal_account(owner: Person, stranger: Person) -> None:
    place = into(owner.workspace, builtin.DEVELOPER)
    invited(owner.account, stranger.user.email, owner, permissions.COLLABORATOR, **place)
    accept_by_token(token_for(stranger.user.email), stranger.user)
    access = enter(stranger.user, owner.workspace.id)
    assert access is not None
    assert access.scopes == builtin.SCOPES[builtin.DEVELOPER]
    assert _role_of(stranger, owner.account) == "Collaborator"


def test_declining_needs_no_account_and_is_for_good(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    decline_by_token(token, None)
    with pytest.raises(ValidationError, match="already declined"):
        _sign_up(token)
    made.refresh_from_db()
    entry = Entry.objects.filter(object_id=str(made.id)).latest("id")
    assert (made.status, entry.action, entry.actor_name) == ("REJECTED", "account-invitation.rejected", NEW)


def test_newcomer_makes_an_account_while_accepting(organization: Organization) -> None:
    invited(organization.account, NEW, organization.owner, **_place(organization))
    user, _ = _sign_up(token_for(NEW))
    assert (user.email, user.handle, user.check_password(PASSWORD), is_confirmed(user)) == (NEW, "nora", True, True)
    assert enter(user, organization.workspace.id) is not None


def test_shown_link_makes_an_account_whose_address_is_not_confirmed(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    user, _ = _sign_up(new_link(made, actor=TESTS).rpartition("/")[2])
    assert (is_confirmed(user), Membership.objects.filter(user=user).count()) == (False, 1)


def test_account_and_acceptance_come_together_or_not_at_all(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    with pytest.raises(ValidationError) as refused:
        _sign_up(token, handle=stranger.user.handle)
    assert (refused.type, User.objects.filter(email=NEW).exists()) == (Taken, False)
    revoke_invitation(made, actor=TESTS)
    with pytest.raises(ValidationError):
        _sign_up(token)
    assert not User.objects.filter(email=NEW).exists()


def test_who_has_an_account_does_not_get_another(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.owner)
    with pytest.raises(ValidationError) as refused:
        _sign_up(token_for(stranger.user.email))
    made.refresh_from_db()
    assert (refused.type, made.status) == (Conflict, "PENDING")


def _removed(organization: Organization, person: Person) -> None:
    remove_member(organization.membership(person), actor=TESTS)


def _suspended(organization: Organization, person: Person) -> None:
    set_active(organization.membership(person), False, actor=TESTS)


def _demoted(organization: Organization, person: Person) -> None:
    change_role(organization.membership(person), "Member", actor=TESTS)


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
    with pytest.raises(ValidationError, match="may no longer invite people") as refused:
        accept_by_token(token, stranger.user)
    made.refresh_from_db()
    last = Entry.objects.filter(object_id=str(made.id)).latest("id")
    assert (refused.type, made.status, last.action) == (Conflict, "REVOKED", "account-invitation.revoked")
    assert (_role_of(stranger, organization.account), is_confirmed(stranger.user)) == (None, False)
    with pytest.raises(ValidationError, match="already revoked"):
        accept_by_token(token, stranger.user)


def test_nobody_comes_in_by_another_door_when_the_sender_is_gone(organization: Organization, stranger: Person) -> None:
    mine = invited(organization.account, stranger.user.email, organization.admin)
    invited(organization.account, NEW, organization.admin)
    _removed(organization, organization.admin)
    with pytest.raises(ValidationError, match="may no longer invite"):
        accept_by_id(mine.id, stranger.user)
    with pytest.raises(ValidationError, match="may no longer invite"):
        _sign_up(token_for(NEW))
    assert (_role_of(stranger, organization.account), User.objects.filter(email=NEW).exists()) == (None, False)
    assert set(Invitation.objects.values_list("status", flat=True)) == {"REVOKED"}


@pytest.mark.parametrize("gone", [True, False])
def test_member_is_lifted_only_while_the_sender_could_do_it(
    organization: Organization, stranger: Person, gone: bool
) -> None:
    """A member changes their address to the one that was invited as Admin."""
    add_member(organization.account, user=stranger.user, role="Member", actor=TESTS)
    invited(organization.account, "new@example.com", organization.admin, "Admin")
    stranger.user.email = "new@example.com"
    stranger.user.save()
    if gone:
        _removed(organization, organization.admin)
        with pytest.raises(ValidationError, match="may no longer invite"):
            accept_by_token(token_for(stranger.user.email), stranger.user)
    else:
        accept_by_token(token_for(stranger.user.email), stranger.user)
    assert _role_of(stranger, organization.account) == ("Member" if gone else "Admin")


def test_scopes_of_a_workspace_alone_back_no_invitation(organization: Organization, stranger: Person) -> None:
    place = _place(organization, builtin.DEVELOPER)
    made = invited(organization.account, stranger.user.email, organization.admin, **place)
    assert sender_may_invite(made) is True
    Invitation.objects.filter(id=made.id).update(invited_by=organization.member.user)
    share(organization.workspace, organization.member.user, builtin.OWNER)
    made.refresh_from_db()
    assert sender_may_invite(made) is False  # scopes alone do not invite
    with pytest.raises(ValidationError, match="may no longer invite"):
        accept_by_token(token_for(stranger.user.email), stranger.user)
    assert enter(stranger.user, organization.workspace.id) is None


def test_who_changes_or_sends_an_invitation_stands_behind_it(organization: Organization, stranger: Person) -> None:
    made = invited(organization.account, stranger.user.email, organization.admin)
    rights = permissions.ROLES[permissions.OWNER]
    owner = organization.owner.user
    change_invitation(made, role="Owner", actor=owner.as_actor(), granter_scopes=rights)
    _removed(organization, organization.admin)
    accept_by_token(token_for(stranger.user.email), stranger.user)
    made.refresh_from_db()
    assert (made.invited_by, _role_of(stranger, organization.account)) == (owner, "Owner")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(organization: Organization, stranger: Person) -> None:
    invited(organization.account, stranger.user.email, organization.owner)
    token, answers, start = token_for(stranger.user.email), list[str](), threading.Barrier(4)

    def work() -> None:
        try:
            start.wait(10)
            accept_by_token(token, stranger.user)
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
    assert sorted(answers) == ["This invitation is already accepted."] * 3 + ["joined"]
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
    assert "This invitation is already accepted." in made
    assert User.objects.filter(email=NEW).count() == 1
