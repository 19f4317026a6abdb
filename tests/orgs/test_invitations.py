"""Inviting by mail: all or none, within one's own rights, one at a time for each target, and only a hash is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import OutgoingMail
from auditlog.actors import system
from auditlog.models import Entry
from core.digests import hash_keys
from core.errors import Conflict
from orgs.models import Invitation
from orgs.services.invitation_tokens import invitation_of
from orgs.services.invitations import change_invitation, invite, new_link, resend, revoke_invitation
from orgs.services.members import add_member, set_active
from orgs.services.organizations import create_organization
from orgs.services.roles import create_role
from orgs.services.teams import create_team, everyone_team
from rbac import builtin, permissions, scopes
from rbac.models import WorkspaceRole
from tests.cast import Organization, Person, make_person, share
from tests.invited import TOKEN, built_in, into, invited, token_for
from tests.trash import empty_trash
from workspaces.directory.deletion import delete_organization
from workspaces.directory.services import create_workspace, delete_workspace

TESTS = system("tests")
NEW = "nora@example.com"


def _everything_but_mail() -> str:
    models = [model for model in apps.get_models() if model is not OutgoingMail and model._meta.managed]
    return "".join(str(list(model._default_manager.values())) for model in models)


def test_all_addresses_are_invited_once_in_lower_case(organization: Organization) -> None:
    typed = [" Nora@Example.com", "nora@example.com", "Zoe@example.com"]
    made = invite(
        organization.account,
        typed,
        role=permissions.MEMBER,
        invited_by=organization.admin.user,
        actor=organization.admin.user.as_actor(),
        granter_scopes=permissions.ROLES[permissions.ADMIN],
    )
    assert [(one.email, one.role, one.status) for one in made] == [
        (NEW, "Member", "PENDING"),
        ("zoe@example.com", "Member", "PENDING"),
    ]
    week = timezone.now() + timedelta(days=7)
    assert all(abs(one.expires_at - week) < timedelta(minutes=1) for one in made)
    assert sorted(OutgoingMail.objects.values_list("recipient", flat=True)) == [NEW, "zoe@example.com"]


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ([NEW, "nobody", "a@b"], ["“nobody” is not a valid email address.", "“a@b” is not a valid email address."]),
        (
            [NEW, "mia@example.com", "FRIDA@example.com"],
            ["mia@example.com is already a member of initech.", "frida@example.com is already a member of initech."],
        ),
        ([], ["Enter at least one email address."]),
        ([f"n{number}@example.com" for number in range(101)], ["Invite at most 100 people at once."]),
    ],
)
def test_one_wrong_address_is_named_and_nobody_is_invited(
    organization: Organization, typed: list[str], problems: list[str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        invite(organization.account, typed, role="Member", invited_by=organization.owner.user, actor=TESTS)
    assert refused.value.messages == problems
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    invited(organization.account, NEW, organization.owner)
    assert Invitation.objects.count() == 1


def test_suspended_member_is_not_invited_again(organization: Organization) -> None:
    set_active(organization.account.memberships.get(user=organization.member.user), False, actor=TESTS)
    with pytest.raises(ValidationError, match=r"mia@example\.com is already a member"):
        invited(organization.account, "mia@example.com", organization.owner)


def test_nobody_invites_beyond_their_own_rights(organization: Organization) -> None:
    admin = permissions.ROLES[permissions.ADMIN]
    with pytest.raises(PermissionDenied):
        invited(organization.account, NEW, organization.admin, permissions.OWNER, granter_scopes=admin)
    place = into(organization.workspace, builtin.DEVELOPER)
    with pytest.raises(PermissionDenied):
        invited(
            organization.account,
            NEW,
            organization.admin,
            granter_scopes=admin | builtin.SCOPES[builtin.RUNNER],
            **place,
        )
    team = create_team(organization.account, name="Ops", actor=TESTS)
    with pytest.raises(PermissionDenied):
        invited(organization.account, NEW, organization.admin, teams=[team], granter_scopes=admin - {"update:team"})
    rights = admin | scopes.ALL
    made = invited(organization.account, NEW, organization.admin, "Admin", teams=[team], granter_scopes=rights, **place)
    assert (made.role, list(made.teams.all()), made.workspace) == ("Admin", [team], organization.workspace)


def test_what_is_not_of_this_account_is_refused(organization: Organization, stranger: Person) -> None:
    account, viewer = organization.account, built_in(builtin.VIEWER)
    other = create_organization(name="Other", handle="other", founder=stranger.user, actor=TESTS)
    role = WorkspaceRole.objects.create(account=other, name="Theirs", scopes=["see_flows"])
    everyone = everyone_team(account.id)
    wrong: list[dict[str, Any]] = [
        {"teams": [create_team(other, name="Ops", actor=TESTS)]},
        {"teams": [everyone]},
        {"workspace": stranger.workspace, "workspace_role": viewer},
        {"workspace": organization.workspace, "workspace_role": role},
        {"workspace": organization.workspace},
        {"workspace_role": viewer},
        {"role": permissions.COLLABORATOR},
        {"role": "Emperor"},
    ]
    for more in wrong:
        with pytest.raises(ValidationError):
            invited(account, NEW, organization.owner, **more)
    for role_name in (permissions.MEMBER, permissions.COLLABORATOR):
        with pytest.raises(ValidationError):
            invited(stranger.account, NEW, stranger, role_name)
    assert Invitation.objects.count() == 0
    invited(account, NEW, organization.owner, workspace=organization.workspace, workspace_role=viewer)


def test_new_invitation_revokes_the_one_that_waits_for_the_same_target(organization: Organization) -> None:
    account, owner = organization.account, organization.owner
    place = into(organization.workspace, builtin.VIEWER)
    first, elsewhere = invited(account, NEW, owner), invited(account, NEW, owner, **place)
    _rested()
    second = invited(account, NEW, owner)
    found = {one.id: one.status for one in Invitation.objects.all()}
    assert found == {first.id: "REVOKED", elsewhere.id: "PENDING", second.id: "PENDING"}


def test_token_holds_256_bits_and_stands_in_no_table_but_the_mail_that_waits(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    link = new_link(made, actor=TESTS)
    shown = link.rpartition("/")[2]
    assert (len(token), len(shown)) == (43, 43)
    assert invitation_of(shown) == made
    stored = _everything_but_mail()
    assert made.email in stored
    assert (token in stored, shown in stored) == (False, False)
    assert shown not in str(list(OutgoingMail.objects.values()))


def test_tokens_outlive_a_change_of_the_secret(organization: Organization, settings: Any) -> None:
    made, old = invited(organization.account, NEW, organization.owner), settings.SECRET_KEY
    settings.SECRET_KEY = "another secret"
    hash_keys.cache_clear()
    assert invitation_of(token_for(NEW)) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    hash_keys.cache_clear()
    assert invitation_of(token_for(NEW)) == made
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = old, []
    hash_keys.cache_clear()


def test_other_words_are_no_token(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    token = token_for(NEW)
    wrong = [token[:-1], token + "x", token.swapcase(), made.digest, str(made.id), "", "é", "x" * 5000]
    assert [invitation_of(word) for word in wrong] == [None] * len(wrong)
    assert invitation_of(token) == made


def test_sending_again_replaces_the_link_and_takes_a_minute(organization: Organization) -> None:
    made, actor = invited(organization.account, NEW, organization.owner), organization.owner.user.as_actor()
    first = token_for(NEW)
    with pytest.raises(ValidationError, match="less than a minute ago"):
        resend(made, actor=actor)
    ago = timezone.now() - timedelta(days=8)
    Invitation.objects.update(sent_at=ago, expires_at=ago)
    resend(made, actor=actor)
    second = token_for(NEW)
    made.refresh_from_db()
    assert (invitation_of(first), invitation_of(second), made.expired, made.mailed) == (None, made, False, True)
    assert OutgoingMail.objects.count() == 2


def test_new_link_kills_the_mailed_one_and_is_not_mailed(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    mailed = token_for(NEW)
    link = new_link(made, actor=TESTS)
    assert TOKEN.findall(link) == [link.rpartition("/")[2]]
    made.refresh_from_db()
    assert (invitation_of(mailed), made.mailed, OutgoingMail.objects.count()) == (None, False, 1)


def test_who_may_not_give_the_role_may_not_touch_the_invitation(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner, permissions.OWNER)
    admin, owner = permissions.ROLES[permissions.ADMIN], permissions.ROLES[permissions.OWNER]
    Invitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    for verb in (resend, new_link, revoke_invitation):
        with pytest.raises(PermissionDenied):
            verb(made, actor=TESTS, granter_scopes=admin)
    with pytest.raises(PermissionDenied):
        change_invitation(made, role=permissions.MEMBER, actor=TESTS, granter_scopes=admin)
    change_invitation(made, role=permissions.MEMBER, actor=TESTS, granter_scopes=owner)
    with pytest.raises(PermissionDenied):
        change_invitation(made, role=permissions.OWNER, actor=TESTS, granter_scopes=admin)
    assert revoke_invitation(made, actor=TESTS, granter_scopes=admin) is True


def test_only_what_waits_changes(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    assert revoke_invitation(made, actor=TESTS) is True
    assert revoke_invitation(made, actor=TESTS) is False
    for change in (resend, new_link):
        with pytest.raises(ValidationError, match="already revoked"):
            change(made, actor=TESTS)
    Invitation.objects.update(status=Invitation.ACCEPTED)
    with pytest.raises(ValidationError, match="already accepted"):
        revoke_invitation(made, actor=TESTS)


def test_everything_leaves_an_entry_without_the_token(organization: Organization) -> None:
    place = into(organization.workspace, builtin.VIEWER)
    made = invited(organization.account, NEW, organization.owner, **place)
    change_invitation(made, role="Admin", workspace_role=built_in(builtin.RUNNER), actor=TESTS)
    new_link(made, actor=TESTS)
    revoke_invitation(made, actor=TESTS)
    entries = list(Entry.objects.filter(object_id=str(made.id)).order_by("id"))
    assert [(one.action, one.account_id, one.workspace_id, one.object_name) for one in entries] == [
        (f"workspace-invitation.{what}", organization.account.id, organization.workspace.id, NEW)
        for what in ("created", "updated", "updated", "revoked")
    ]
    assert entries[1].detail["changes"] == {
        "role": {"from": "Member", "to": "Admin"},
        "workspace_role": {"from": "Viewer", "to": "Runner"},
    }
    assert token_for(NEW) not in str([one.detail for one in entries])


def test_who_is_invited_to_an_organization_stays_so_when_the_first_workspace_goes(
    organization: Organization, owner: Person
) -> None:
    place = into(organization.workspace, builtin.VIEWER)
    waits = invited(organization.account, NEW, organization.owner, **place)
    twice = invited(organization.account, "zoe@example.com", organization.owner, **place)
    invited(organization.account, "zoe@example.com", organization.owner)
    theirs = into(owner.workspace, builtin.VIEWER)
    alone = invited(owner.account, NEW, owner, permissions.COLLABORATOR, **theirs)
    delete_workspace(organization.workspace, actor=TESTS)
    delete_workspace(owner.workspace, actor=TESTS)
    empty_trash()
    waits.refresh_from_db()
    assert (waits.status, waits.workspace_id, waits.workspace_role_id) == ("PENDING", None, None)
    assert not Invitation.objects.filter(id__in=[twice.id, alone.id]).exists()


def test_organization_goes_with_its_invitations_whatever_they_lead_to(organization: Organization) -> None:
    role = create_role(organization.account, name="Own", scopes=["see_flows"], actor=TESTS)
    place: dict[str, Any] = {"workspace": organization.workspace, "workspace_role": role}
    for status in (Invitation.PENDING, Invitation.REVOKED, Invitation.ACCEPTED):
        made = invited(organization.account, f"{status.lower()}@example.com", organization.owner, **place)
        Invitation.objects.filter(id=made.id).update(status=status)
    assert delete_organization(organization.account, actor=TESTS) is True
    empty_trash()
    assert Invitation.objects.count() == 0


def test_collaborator_of_one_workspace_may_be_invited_to_another(owner: Person, stranger: Person) -> None:

    add_member(owner.account, user=stranger.user, role=permissions.COLLABORATOR, actor=TESTS)
    share(owner.workspace, stranger.user, builtin.VIEWER)
    second = create_workspace(owner.account, name="Second", handle="second", actor=TESTS)
    viewer = built_in(builtin.VIEWER)
    role = permissions.COLLABORATOR
    with pytest.raises(ValidationError, match="is already a member of olga"):
        invited(owner.account, stranger.user.email, owner, role, workspace=owner.workspace, workspace_role=viewer)
    invited(owner.account, stranger.user.email, owner, role, workspace=second, workspace_role=viewer)


def test_mail_says_who_invites_into_what_until_when_and_names_cannot_break_it(organization: Organization) -> None:
    user = organization.owner.user
    user.first_name, user.last_name = "Frida\r\nBcc: everybody@example.com", "<b>Bold</b>"
    user.save()
    place = into(organization.workspace, builtin.VIEWER)
    make_person("nora")
    made = invited(organization.account, NEW, organization.owner, **place)
    mail = OutgoingMail.objects.get(recipient=NEW)
    assert mail.subject == "Frida Bcc: everybody@example. com <b>Bold</b> invites you to Initech"
    for words in ("frida@example.com", "Initech", "Viewer", "Shared", f"{made.expires_at:%Y-%m-%d %H:%M} UTC", NEW):
        assert (words, words in mail.text, words in mail.html) == (words, True, True)
    assert "as Member" in mail.text
    assert "&lt;b&gt;Bold" in mail.html and "<b>Bold" not in mail.html
    assert "src=" not in mail.html and "url(" not in mail.html and "@import" not in mail.html


def _rested() -> None:
    """As if the last mail of every invitation was a while ago."""
    Invitation.objects.update(sent_at=timezone.now() - timedelta(minutes=2))


def test_account_sends_only_so_many_an_hour(organization: Organization, settings: Any) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "account": 2}
    made = invited(organization.account, NEW, organization.owner)
    _rested()
    resend(made, actor=organization.admin.user.as_actor())
    _rested()
    with pytest.raises(ValidationError, match="An account sends at most 2 invitations an hour and 8 a day") as refused:
        invited(organization.account, "yan@example.com", organization.owner)
    assert isinstance(refused.value, Conflict)
    with pytest.raises(ValidationError, match="an hour"):
        resend(made, actor=organization.admin.user.as_actor())
    OutgoingMail.objects.update(created=timezone.now() - timedelta(hours=1))
    invited(organization.account, "yan@example.com", organization.owner)


def test_person_sends_only_so_many_an_hour_across_accounts(organization: Organization, settings: Any) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "person": 2}
    founder = organization.owner.user
    other = create_organization(name="Other", handle="other", founder=founder, actor=founder.as_actor())
    invited(organization.account, NEW, organization.owner)
    invited(other, NEW, organization.owner)
    with pytest.raises(ValidationError, match="One person sends at most 2"):
        invited(organization.account, "yan@example.com", organization.owner)
    invited(organization.account, "yan@example.com", organization.admin)


def test_address_gets_only_so_many_an_hour_across_accounts_whoever_sends(
    organization: Organization, stranger: Person, settings: Any
) -> None:
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "recipient": 3}
    other = create_organization(name="Other", handle="other", founder=stranger.user, actor=TESTS)
    revoke_invitation(invited(organization.account, NEW, organization.owner), actor=TESTS)
    made = invited(organization.account, NEW, organization.owner)
    _rested()
    resend(made, actor=TESTS)
    with pytest.raises(ValidationError, match=r"nora@example.com gets at most 3 invitations an hour"):
        invited(other, NEW, stranger)
    assert OutgoingMail.objects.filter(recipient=NEW).count() == 3
    invited(other, "yan@example.com", stranger)


def test_inviting_again_takes_a_minute_as_sending_again_does(organization: Organization) -> None:
    made = invited(organization.account, NEW, organization.owner)
    with pytest.raises(ValidationError, match="less than a minute ago") as refused:
        invited(organization.account, NEW, organization.admin)
    new_link(made, actor=TESTS)
    for again in (lambda: resend(made, actor=TESTS), lambda: invited(organization.account, NEW, organization.owner)):
        with pytest.raises(ValidationError, match="less than a minute ago"):
            again()
    made.refresh_from_db()
    assert (refused.type, made.status, OutgoingMail.objects.count()) == (Conflict, "PENDING", 1)
    _rested()
    invited(organization.account, NEW, organization.owner)
    assert OutgoingMail.objects.count() == 2
