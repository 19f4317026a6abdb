"""What operators do in the Django admin is done right and stands in the audit log."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, ApiKey, User
from auditlog.actors import system
from auditlog.models import Entry
from orgs.models import AllowedNetwork, Membership, Team
from orgs.services.invitations import invite
from orgs.services.networks import Network, set_networks
from orgs.services.organizations import update_account_settings
from orgs.services.roles import create_role
from orgs.services.service_accounts import create_service_account
from orgs.services.teams import add_to_team, create_team
from rbac.models import Grant, WorkspaceRole
from tests.cast import PASSWORD, Api, Organization, Person, share
from tests.visits import visitor
from workspaces.directory.services import delete_workspace
from workspaces.models import Workspace
from workspaces.trash.models import Deletion

SYSTEM = system("tests")
NO_PLAN = {"account_plan-TOTAL_FORMS": "0", "account_plan-INITIAL_FORMS": "0"}  # of the form inside the account's


def test_operator_makes_a_person_with_an_account(desk: Client, operator: User, stranger: Person) -> None:
    form = {
        "email": "New@Example.com",
        "first_name": "Nina",
        "last_name": "New",
        "handle": "nina",
        "password1": "a long enough passphrase",
        "password2": "a long enough passphrase",
    }
    address = reverse("admin:accounts_user_add")
    assert desk.get(address).status_code == 200
    assert desk.post(address, {**form, "handle": "boris"}).status_code == 200
    assert User.objects.filter(email="new@example.com").exists() is False
    assert desk.post(address, form).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert (user.handle, user.name) == ("nina", "Nina New")
    assert user.check_password("a long enough passphrase") is True
    assert _last() == ("user.created", operator.id, str(user.id), "new@example.com")


def test_changed_name_is_recorded(desk: Client, operator: User, stranger: Person) -> None:
    address = reverse("admin:accounts_user_change", args=[stranger.user.pk])
    assert desk.post(address, {"first_name": "Bob", "last_name": "Example"}).status_code == 302
    assert _last() == ("user.updated", operator.id, str(stranger.user.id), "boris@example.com")
    entry = Entry.objects.first()
    assert entry is not None
    assert entry.detail["changes"] == {"first_name": {"from": "Boris", "to": "Bob"}}
    assert Account.objects.get(user=stranger.user).name == "Bob Example"


def test_password_reset_by_an_operator_is_recorded_without_it(desk: Client, operator: User, stranger: Person) -> None:
    address = reverse("admin:auth_user_password_change", args=[stranger.user.pk])
    assert desk.get(address).status_code == 200
    new = "quite another passphrase"
    assert desk.post(address, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302
    stranger.user.refresh_from_db()
    assert (stranger.user.check_password(new), stranger.user.check_password(PASSWORD)) == (True, False)
    assert _last() == ("user.password-set", operator.id, str(stranger.user.id), "boris@example.com")
    assert (new in str(list(Entry.objects.values()))) is False


def test_operator_changes_the_own_password_on_the_page_that_records_it(desk: Client, operator: User) -> None:
    assert desk.get(reverse("admin:index")).status_code == 200
    answer = desk.post(reverse("admin:password_change"), {"old_password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/my/password")
    new = "quite another passphrase"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert desk.post("/my/password", form).status_code == 302
    assert _last() == ("user.password-changed", operator.id, str(operator.id), "operator@example.com")


def test_deleting_a_person_takes_all_of_theirs_and_nothing_else(
    desk: Client, operator: User, owner: Person, stranger: Person
) -> None:
    address = reverse("admin:accounts_user_delete", args=[stranger.user.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"post": "yes"}).status_code == 302
    assert (list(Account.objects.all()), list(Workspace.objects.all())) == ([owner.account], [owner.workspace])
    assert _last() == ("user.deleted", operator.id, str(stranger.user.id), "boris@example.com")
    assert Entry.objects.filter(action="workspace.deleted", object_id=str(stranger.workspace.id)).count() == 1


def test_only_owner_of_an_organization_is_not_deleted(desk: Client, organization: Organization) -> None:
    """Neither alone nor among others, of whom none is deleted then."""
    people, workspaces = User.objects.count(), Workspace.objects.count()
    address = reverse("admin:accounts_user_delete", args=[organization.owner.user.pk])
    answer = desk.post(address, {"post": "yes"})
    assert (answer.status_code, "initech would have no owner" in answer.content.decode()) == (403, True)
    chosen = [str(organization.member.user.pk), str(organization.owner.user.pk)]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert desk.post(reverse("admin:accounts_user_changelist"), form).status_code == 403
    assert (User.objects.count(), Workspace.objects.count()) == (people, workspaces)
    assert Entry.objects.filter(action="user.deleted").count() == 0


def test_keys_chosen_in_the_list_are_revoked_each_with_an_entry(
    desk: Client, operator: User, owner: Person, stranger: Person
) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(stranger.key.pk), str(owner.key.pk)], "post": "yes"}
    assert desk.post(reverse("admin:accounts_apikey_changelist"), form).status_code == 302
    assert ApiKey.objects.count() == 0
    assert Entry.objects.filter(action="api-key.deleted", actor_id=operator.id).count() == 2
    assert owner.api.get("/api/me/").status_code == 401


def test_key_gets_an_expiry(desk: Client, operator: User, stranger: Person) -> None:
    form = {"name": "laptop", "expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}
    assert desk.post(reverse("admin:accounts_apikey_change", args=[stranger.key.pk]), form).status_code == 302
    assert stranger.api.get("/api/me/").status_code == 401
    assert _last() == ("api-key.updated", operator.id, str(stranger.key.pk), str(stranger.key))


def test_account_gets_another_handle(desk: Client, operator: User, owner: Person, stranger: Person) -> None:
    address = reverse("admin:accounts_account_change", args=[stranger.account.pk])
    refused = desk.post(address, {"name": "Boris", "handle": "olga"} | NO_PLAN)
    assert (refused.status_code, list(refused.context["adminform"].form.errors)) == (200, ["handle"])
    assert desk.post(address, {"name": "Boris", "handle": "bo"} | NO_PLAN).status_code == 302
    assert stranger.api.get("/api/me/").json()["handle"] == "bo"
    assert _last() == ("account.updated", operator.id, str(stranger.account.pk), "bo")
    assert desk.get(reverse("admin:accounts_account_delete", args=[stranger.account.pk])).status_code == 403


def test_memberships_are_made_changed_and_ended(
    desk: Client, operator: User, organization: Organization, stranger: Person
) -> None:
    form: dict[str, Any] = {
        "account": organization.account.pk,
        "user": stranger.user.pk,
        "role": "Admin",
        "active": "on",
    }
    assert desk.post(reverse("admin:orgs_membership_add"), form).status_code == 302
    membership = Membership.objects.get(user=stranger.user)
    assert _last()[:3] == ("account-membership.created", operator.id, str(membership.pk))
    shared = f"/api/me/workspaces/{organization.workspace.id}/scopes"
    assert stranger.api.get(shared).status_code == 200
    address = reverse("admin:orgs_membership_change", args=[membership.pk])
    assert desk.post(address, {**form, "role": "Member"}).status_code == 302
    assert _last()[:3] == ("account-membership.updated", operator.id, str(membership.pk))
    assert stranger.api.get(shared).status_code == 404
    assert desk.post(reverse("admin:orgs_membership_delete", args=[membership.pk]), {"post": "yes"}).status_code == 302
    assert _last()[:3] == ("account-membership.deleted", operator.id, str(membership.pk))
    entry = Entry.objects.first()
    assert entry is not None
    assert entry.account_id == organization.account.id


def test_last_owner_is_neither_removed_nor_made_less(desk: Client, organization: Organization) -> None:
    owner = Membership.objects.get(account=organization.account, user=organization.owner.user)
    change = reverse("admin:orgs_membership_change", args=[owner.pk])
    delete = reverse("admin:orgs_membership_delete", args=[owner.pk])
    answer = desk.post(change, {"role": "Member", "active": "on"})
    assert (answer.status_code, "initech would have no owner" in answer.content.decode()) == (200, True)
    assert desk.post(delete, {"post": "yes"}).status_code == 403
    owner.refresh_from_db()
    assert owner.role == "Owner"
    other = Membership.objects.get(account=organization.account, user=organization.admin.user)
    assert (
        desk.post(
            reverse("admin:orgs_membership_change", args=[other.pk]), {"role": "Owner", "active": "on"}
        ).status_code
        == 302
    )
    assert desk.post(change, {"role": "Member", "active": "on"}).status_code == 302
    assert desk.post(delete, {"post": "yes"}).status_code == 302


def test_personal_account_gets_no_members(desk: Client, owner: Person, stranger: Person) -> None:
    form = {"account": owner.account.pk, "user": stranger.user.pk, "role": "Admin"}
    answer = desk.post(reverse("admin:orgs_membership_add"), form)
    assert (answer.status_code, "has no members" in answer.content.decode()) == (200, True)
    assert Membership.objects.count() == 0


def test_membership_moves_to_nobody_else(desk: Client, organization: Organization, stranger: Person) -> None:
    member = Membership.objects.get(account=organization.account, user=organization.member.user)
    form = {"account": stranger.account.pk, "user": stranger.user.pk, "role": "Member"}
    assert desk.post(reverse("admin:orgs_membership_change", args=[member.pk]), form).status_code == 302
    member.refresh_from_db()
    assert (member.account, member.user) == (organization.account, organization.member.user)


def test_workspace_is_changed_and_deleted(desk: Client, operator: User, owner: Person, stranger: Person) -> None:
    address = reverse("admin:workspaces_workspace_change", args=[stranger.workspace.pk])
    assert desk.post(address, {"name": "New", "handle": "new", "description": ""}).status_code == 302
    assert stranger.api.get("/api/me/workspaces").json()[0]["workspace_handle"] == "new"
    assert _last()[:3] == ("workspace.updated", operator.id, str(stranger.workspace.pk))
    delete = reverse("admin:workspaces_workspace_delete", args=[stranger.workspace.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 302
    assert list(Workspace.objects.all()) == [owner.workspace]
    assert _last()[:3] == ("workspace.deleted", operator.id, str(stranger.workspace.pk))


def test_the_record_cannot_be_written_here(desk: Client, stranger: Person) -> None:
    entry = Entry.objects.first()
    assert entry is not None
    assert desk.get(reverse("admin:auditlog_entry_add")).status_code == 403
    assert desk.post(reverse("admin:auditlog_entry_change", args=[entry.pk]), {"action": "x"}).status_code == 403
    assert desk.post(reverse("admin:auditlog_entry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


def _last() -> tuple[str, Any, str, str]:
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    return entry.action, entry.actor_id, entry.object_id, entry.object_name


def test_who_is_no_longer_a_member_is_in_no_team_and_no_workspace(
    desk: Client, operator: User, organization: Organization
) -> None:
    team = create_team(organization.account, name="Data", actor=SYSTEM)
    add_to_team(team, [organization.member.user], actor=SYSTEM)
    share(organization.workspace, organization.member.user, "Viewer")
    membership = Membership.objects.get(user=organization.member.user)
    assert desk.post(reverse("admin:orgs_membership_delete", args=[membership.pk]), {"post": "yes"}).status_code == 302
    assert (team.members.count(), Grant.objects.count()) == (0, 0)
    assert organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 404


def test_member_is_suspended_and_let_in_again(desk: Client, operator: User, organization: Organization) -> None:
    membership = Membership.objects.get(user=organization.admin.user)
    address, shared = reverse("admin:orgs_membership_change", args=[membership.pk]), organization.workspace.id
    for sent, code in (({"role": "Admin"}, 404), ({"role": "Admin", "active": "on"}, 200)):
        assert desk.post(address, sent).status_code == 302
        assert organization.admin.api.get(f"/api/me/workspaces/{shared}/scopes").status_code == code
        assert _last()[:2] == ("account-membership.updated", operator.id)


def test_organization_gets_no_collaborators(desk: Client, organization: Organization, stranger: Person) -> None:
    form = {"account": organization.account.pk, "user": stranger.user.pk, "role": "Collaborator"}
    assert desk.post(reverse("admin:orgs_membership_add"), form).status_code == 200
    assert Membership.objects.filter(user=stranger.user).exists() is False


def test_service_account_is_suspended_and_deleted(desk: Client, operator: User, organization: Organization) -> None:
    bot, key, value = create_service_account(organization.account, name="nightly", actor=SYSTEM)
    share(organization.workspace, bot, "Worker")
    address = reverse("admin:orgs_serviceaccount_change", args=[bot.pk])
    page = desk.get(address).content.decode()
    assert (key.masked in page, value in page, key.digest in page) == (True, False, False)
    assert desk.post(address, {}).status_code == 302
    assert Api(value).get("/api/me/workspaces").status_code == 401
    assert desk.post(address, {"is_active": "on"}).status_code == 302
    assert Api(value).get("/api/me/workspaces").status_code == 200
    delete = reverse("admin:orgs_serviceaccount_delete", args=[bot.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 302
    assert Api(value).get("/api/me/workspaces").status_code == 401
    assert (_last()[:2], Grant.objects.count()) == (("service-account.deleted", operator.id), 0)


def test_team_is_renamed_and_deleted(desk: Client, operator: User, organization: Organization) -> None:
    team = create_team(organization.account, name="Data", actor=SYSTEM)
    share(organization.workspace, team, "Viewer")
    address = reverse("admin:orgs_team_change", args=[team.pk])
    assert desk.post(address, {"name": "Numbers", "description": ""}).status_code == 302
    assert _last()[:2] == ("team.updated", operator.id)
    assert desk.post(reverse("admin:orgs_team_delete", args=[team.pk]), {"post": "yes"}).status_code == 302
    assert (_last()[:2], Grant.objects.count()) == (("team.deleted", operator.id), 0)
    everyone = Team.objects.get(account=organization.account)
    assert desk.get(reverse("admin:orgs_team_change", args=[everyone.pk])).status_code == 302


def test_role_changes_for_all_who_hold_it(desk: Client, operator: User, organization: Organization) -> None:
    role = create_role(organization.account, name="Reader", scopes=["see_flows"], actor=SYSTEM)
    share(organization.workspace, organization.member.user, "Reader")
    address = reverse("admin:rbac_workspacerole_change", args=[role.pk])
    sent = {"name": "Reader", "description": "", "inherits": "", "scopes": ["see_flows", "see_variables"]}
    assert desk.post(address, sent).status_code == 302
    held = organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").json()
    assert held == ["see_flows", "see_variables"]
    assert _last()[:2] == ("workspace-role.updated", operator.id)
    delete = reverse("admin:rbac_workspacerole_delete", args=[role.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 403
    built_in = WorkspaceRole.objects.get(name="Viewer")
    assert desk.post(reverse("admin:rbac_workspacerole_change", args=[built_in.pk]), sent).status_code == 403


def test_grant_is_taken_back(desk: Client, operator: User, organization: Organization) -> None:
    share(organization.workspace, organization.member.user, "Viewer")
    grant = Grant.objects.get()
    assert desk.post(reverse("admin:rbac_grant_change", args=[grant.pk]), {}).status_code == 403
    assert desk.get(reverse("admin:rbac_grant_add")).status_code == 403
    assert desk.post(reverse("admin:rbac_grant_delete", args=[grant.pk]), {"post": "yes"}).status_code == 302
    assert organization.member.api.get(f"/api/me/workspaces/{organization.workspace.id}/scopes").status_code == 404
    assert _last()[:2] == ("workspace-access.deleted", operator.id)


def test_invitation_is_revoked_and_never_edited(desk: Client, operator: User, organization: Organization) -> None:
    made = invite(
        organization.account,
        ["new@example.com"],
        role="Member",
        invited_by=organization.owner.user,
        actor=SYSTEM,
    )[0]
    assert desk.post(reverse("admin:orgs_invitation_change", args=[made.pk]), {"role": "Owner"}).status_code == 403
    form = {"action": "revoke", "_selected_action": [str(made.pk)]}
    assert desk.post(reverse("admin:orgs_invitation_changelist"), form).status_code == 302
    made.refresh_from_db()
    assert (made.status, _last()[:2]) == ("REVOKED", ("account-invitation.revoked", operator.id))


def test_account_that_locked_itself_out_is_opened(desk: Client, operator: User, organization: Organization) -> None:
    set_networks(organization.account, [Network("192.0.2.0/24")], address="192.0.2.1", actor=SYSTEM)
    update_account_settings(organization.account, {"enforce_ip_allowlist": True}, address="192.0.2.1", actor=SYSTEM)
    place = f"/api/accounts/{organization.account.id}"
    assert organization.owner.api.get(place).status_code == 403
    row = AllowedNetwork.objects.get()
    form = {"action": "stop_enforcing", "_selected_action": [str(row.pk)]}
    assert desk.post(reverse("admin:orgs_allowednetwork_changelist"), form).status_code == 302
    assert organization.owner.api.get(place).status_code == 200
    assert _last()[:2] == ("account-settings.updated", operator.id)


def test_profile_of_an_organization_is_edited_and_shows_what_it_holds(
    desk: Client, operator: User, organization: Organization
) -> None:
    address = reverse("admin:accounts_account_change", args=[organization.account.pk])
    create_service_account(organization.account, name="nightly", actor=SYSTEM)
    page = desk.get(address).content.decode()
    assert ("People: 3" in page, "Service accounts: 1" in page) == (True, True)
    people = desk.get(reverse("admin:orgs_membership_changelist"), {"q": "initech", "user__kind__exact": "user"})
    assert "3 memberships" in people.content.decode()
    sent = {"name": "Initech", "handle": "initech-two", "location": "Malmö", "link": "javascript:x"} | NO_PLAN
    assert desk.post(address, sent).status_code == 403
    assert desk.post(address, {**sent, "link": "https://initech.example"}).status_code == 302
    organization.account.refresh_from_db()
    assert (organization.account.handle, organization.account.location) == ("initech-two", "Malmö")
    assert _last()[:2] == ("account.updated", operator.id)


@pytest.mark.parametrize("action", ["restore", "remove_now"])
def test_staff_without_all_rights_leave_the_trash_alone(
    organization: Organization, stranger: Person, action: str
) -> None:
    delete_workspace(organization.workspace, actor=organization.owner.user.as_actor())
    staff = stranger.user
    staff.is_staff = True
    staff.save()
    staff.user_permissions.add(*Permission.objects.filter(codename="view_deletion"))
    deletion = Deletion.objects.get()
    form = {"action": action, "_selected_action": [str(deletion.id)]}
    assert visitor(staff).post("/admin/trash/deletion/", form).status_code == 403
    assert Deletion.objects.get().restorable_until == deletion.restorable_until
