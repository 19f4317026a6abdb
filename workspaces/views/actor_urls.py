"""Addresses of the pages of teams and service accounts, below /account/<account_id>/."""

from django.urls import path

from workspaces.views import (
    service_account_changes,
    service_accounts,
    team_members,
    team_workspaces,
    teams,
)

urlpatterns = [
    path("teams", teams.teams, name="teams"),
    path("teams/create", teams.create, name="team-create"),
    path("teams/<uuid:team_id>", teams.team, name="team"),
    path("teams/<uuid:team_id>/edit", teams.edit, name="team-edit"),
    path("teams/<uuid:team_id>/delete", teams.delete, name="team-delete"),
    path("teams/<uuid:team_id>/add", team_members.add, name="team-add"),
    path("teams/<uuid:team_id>/members/<uuid:user_id>/remove", team_members.remove, name="team-remove"),
    path("teams/<uuid:team_id>/workspaces", team_workspaces.workspaces, name="team-workspaces"),
    path("teams/<uuid:team_id>/workspaces/share", team_workspaces.share, name="team-share"),
    path(
        "teams/<uuid:team_id>/workspaces/<uuid:workspace_id>/remove",
        team_workspaces.unshare,
        name="team-unshare",
    ),
    path("service-accounts", service_accounts.service_accounts, name="service-accounts"),
    path("service-accounts/create", service_accounts.create, name="service-account-create"),
    path("service-accounts/<uuid:bot_id>", service_accounts.service_account, name="service-account"),
    path("service-accounts/<uuid:bot_id>/edit", service_account_changes.edit, name="service-account-edit"),
    path("service-accounts/<uuid:bot_id>/rotate", service_account_changes.rotate, name="service-account-rotate"),
    path(
        "service-accounts/<uuid:bot_id>/keys/<uuid:key_id>/end",
        service_account_changes.end_key,
        name="service-account-key-end",
    ),
    path("service-accounts/<uuid:bot_id>/share", service_account_changes.share, name="service-account-share"),
    path(
        "service-accounts/<uuid:bot_id>/workspaces/<uuid:workspace_id>/remove",
        service_account_changes.unshare,
        name="service-account-unshare",
    ),
    path("service-accounts/<uuid:bot_id>/disable", service_account_changes.disable, name="service-account-disable"),
    path("service-accounts/<uuid:bot_id>/enable", service_account_changes.enable, name="service-account-enable"),
    path("service-accounts/<uuid:bot_id>/delete", service_account_changes.delete, name="service-account-delete"),
]
