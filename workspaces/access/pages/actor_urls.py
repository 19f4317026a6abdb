"""Addresses of the pages of teams and service accounts, below /account/<account_id>/."""

from django.urls import path

from workspaces.access.pages.service_accounts import changes, create, keys, service_account, service_accounts
from workspaces.access.pages.service_accounts import workspaces as service_account_workspaces
from workspaces.access.pages.teams import members, teams, workspaces

urlpatterns = [
    path("teams", teams.teams, name="teams"),
    path("teams/create", teams.create, name="team-create"),
    path("teams/<uuid:team_id>", teams.team, name="team"),
    path("teams/<uuid:team_id>/edit", teams.edit, name="team-edit"),
    path("teams/<uuid:team_id>/delete", teams.delete, name="team-delete"),
    path("teams/<uuid:team_id>/add", members.add, name="team-add"),
    path("teams/<uuid:team_id>/members/<uuid:user_id>/remove", members.remove, name="team-remove"),
    path("teams/<uuid:team_id>/workspaces", workspaces.workspaces, name="team-workspaces"),
    path("teams/<uuid:team_id>/workspaces/share", workspaces.share, name="team-share"),
    path(
        "teams/<uuid:team_id>/workspaces/<uuid:workspace_id>/remove",
        workspaces.unshare,
        name="team-unshare",
    ),
    path("service-accounts", service_accounts.service_accounts, name="service-accounts"),
    path("service-accounts/create", create.create, name="service-account-create"),
    path("service-accounts/<uuid:bot_id>", service_account.service_account, name="service-account"),
    path("service-accounts/<uuid:bot_id>/edit", changes.edit, name="service-account-edit"),
    path("service-accounts/<uuid:bot_id>/rotate", keys.rotate, name="service-account-rotate"),
    path(
        "service-accounts/<uuid:bot_id>/keys/<uuid:key_id>/end",
        keys.end_key,
        name="service-account-key-end",
    ),
    path("service-accounts/<uuid:bot_id>/share", service_account_workspaces.share, name="service-account-share"),
    path(
        "service-accounts/<uuid:bot_id>/workspaces/<uuid:workspace_id>/remove",
        service_account_workspaces.unshare,
        name="service-account-unshare",
    ),
    path("service-accounts/<uuid:bot_id>/disable", changes.disable, name="service-account-disable"),
    path("service-accounts/<uuid:bot_id>/enable", changes.enable, name="service-account-enable"),
    path("service-accounts/<uuid:bot_id>/delete", changes.delete, name="service-account-delete"),
]
