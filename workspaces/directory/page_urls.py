"""Addresses of the pages about workspaces.

`urlpatterns` are below one workspace, `account_urlpatterns` below one account, `site_urlpatterns` below /.
"""

from django.urls import URLPattern, path

from accounts.recent_sign_in import recently_signed_in
from orgs.account_restrictions import own_account_page
from workspaces.access.pages import actor_urls, leave
from workspaces.access.pages.invitations import answer, create, mine, sent, sent_changes
from workspaces.access.pages.members import changes, member, members, roles
from workspaces.access.pages.sharing import urls as sharing_urls
from workspaces.directory.pages import (
    account_delete,
    account_overview,
    account_workspaces,
    home,
    person_delete,
    search,
    settings,
    usage,
    workspaces,
)
from workspaces.directory.pages import create as create_workspace

urlpatterns: list[URLPattern] = [
    *sharing_urls.urlpatterns,
    path("settings", settings.general, name="settings"),
    path("settings/edit", settings.edit, name="settings-edit"),
    path("settings/delete", settings.delete, name="settings-delete"),
]

# Pages of an account that show or change its workspaces.
account_urlpatterns: list[URLPattern] = [
    path("", account_overview.overview, name="overview"),
    path("workspaces", account_workspaces.workspaces, name="workspaces"),
    path("members", members.members, name="members"),
    path("members/export", members.export, name="members-export"),
    path("members/invite", create.create, name="invitation-create"),
    path("members/invitations", sent.invitations, name="invitations"),
    path("members/invitations/<uuid:invitation_id>/resend", sent_changes.resend, name="invitation-resend"),
    path("members/invitations/<uuid:invitation_id>/link", sent_changes.link, name="invitation-link"),
    path("members/invitations/<uuid:invitation_id>/role", sent_changes.edit, name="invitation-role"),
    path("members/invitations/<uuid:invitation_id>/revoke", sent_changes.revoke, name="invitation-revoke"),
    path("members/roles", roles.roles, name="member-roles"),
    path("members/<uuid:membership_id>", member.member, name="member"),
    path("members/<uuid:membership_id>/active", changes.active, name="member-active"),
    path("members/<uuid:membership_id>/remove", changes.remove, name="member-remove"),
    path("usage", usage.usage, name="usage"),
    path("delete", account_delete.delete, name="delete"),
    *actor_urls.urlpatterns,
]

site_urlpatterns = [
    path("", home.home, name="home"),
    path("welcome", home.welcome, name="welcome"),
    path("search", search.results, name="search"),
    path("account/<uuid:account_id>", home.redirect_to_account),
    path("account/<uuid:account_id>/workspace/<uuid:workspace_id>", home.redirect_to_workspace),
    path("workspaces", workspaces.all_workspaces, name="workspaces"),
    path("workspaces/create", create_workspace.create, name="workspace-create"),
    path("workspaces/handle", create_workspace.check_handle, name="workspace-handle-check"),
    path("workspaces/<uuid:workspace_id>/leave", leave.leave, name="workspace-leave"),
    path("workspaces/switcher", workspaces.switcher, name="switcher"),
    path("invitation/<str:token>", answer.invitation, name="invitation"),
    path("invitation/<str:token>/accept", answer.accept, name="invitation-accept"),
    path("invitation/<str:token>/decline", answer.decline, name="invitation-decline"),
    path("invitation/<str:token>/sign-up", answer.sign_up, name="invitation-sign-up"),
    path("my/delete", own_account_page(recently_signed_in(person_delete.delete)), name="my-delete"),
    path("my/invitations", mine.my_invitations, name="my-invitations"),
    path("my/invitations/<uuid:invitation_id>/accept", mine.accept, name="my-invitation-accept"),
    path("my/invitations/<uuid:invitation_id>/decline", mine.decline, name="my-invitation-decline"),
    path("@<slug:account>", home.open_account_by_handle, name="account-by-handle"),
    path("@<slug:account>/<slug:workspace>", home.open_by_handles, name="by-handles"),
    path("@<slug:account>/<slug:workspace>/<path:rest>", home.open_by_handles),
]
