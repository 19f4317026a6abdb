"""Addresses of the sharing pages, below one workspace."""

from django.urls import path

from workspaces.access.pages.sharing import add, changes, collaborators, default_role, explanation, page
from workspaces.access.pages.sharing import collaborator_invitations as invitations

urlpatterns = [
    path("settings/sharing", page.sharing, name="sharing"),
    path("settings/sharing/everyone", default_role.change_default, name="sharing-default"),
    path("settings/sharing/why", explanation.pick_actor, name="sharing-why-pick"),
    path("settings/sharing/why/<uuid:user_id>", explanation.explain_access, name="sharing-why"),
    path("settings/collaborators", collaborators.collaborators, name="collaborators"),
    path("settings/collaborators/invite", invitations.invite, name="collaborators-invite"),
    path(
        "settings/collaborators/<uuid:invitation_id>/resend",
        invitations.resend,
        name="collaborators-resend",
    ),
    path("settings/collaborators/<uuid:invitation_id>/link", invitations.link, name="collaborators-link"),
    path(
        "settings/collaborators/<uuid:invitation_id>/revoke",
        invitations.revoke,
        name="collaborators-revoke",
    ),
    path("settings/sharing/people/add", add.add_people, name="sharing-add-people"),
    path("settings/sharing/people", changes.change_people, name="sharing-change-people"),
    path("settings/sharing/people/<uuid:grantee_id>/remove", changes.remove_person, name="sharing-remove-people"),
    path("settings/sharing/teams/add", add.add_teams, name="sharing-add-teams"),
    path("settings/sharing/teams", changes.change_teams, name="sharing-change-teams"),
    path("settings/sharing/teams/<uuid:grantee_id>/remove", changes.remove_team, name="sharing-remove-teams"),
    path("settings/sharing/service-accounts/add", add.add_service_accounts, name="sharing-add-service-accounts"),
    path(
        "settings/sharing/service-accounts",
        changes.change_service_accounts,
        name="sharing-change-service-accounts",
    ),
    path(
        "settings/sharing/service-accounts/<uuid:grantee_id>/remove",
        changes.remove_service_account,
        name="sharing-remove-service-accounts",
    ),
]
