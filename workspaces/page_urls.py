"""Addresses of the pages about workspaces.

`urlpatterns` stands below one workspace, `account_urlpatterns` below one account, `site_urlpatterns` below /.
"""

from django.urls import URLPattern, path

from workspaces.views import actor_urls, home, joining, leaving, settings, workspaces
from workspaces.views.account import delete, invitations, invite, member, members, overview
from workspaces.views.account import workspaces as account_workspaces
from workspaces.views.sharing import urls as sharing_urls

urlpatterns: list[URLPattern] = [
    *sharing_urls.urlpatterns,
    path("settings", settings.general, name="settings"),
    path("settings/edit", settings.edit, name="settings-edit"),
    path("settings/delete", settings.delete, name="settings-delete"),
]

# Pages of an account that show or change its workspaces.
account_urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("workspaces", account_workspaces.workspaces, name="workspaces"),
    path("members", members.members, name="members"),
    path("members/export", members.export, name="members-export"),
    path("members/invite", invite.create, name="invitation-create"),
    path("members/invitations", invitations.invitations, name="invitations"),
    path("members/invitations/<uuid:invitation_id>/resend", invitations.again, name="invitation-resend"),
    path("members/invitations/<uuid:invitation_id>/link", invitations.link, name="invitation-link"),
    path("members/invitations/<uuid:invitation_id>/role", invitations.edit, name="invitation-role"),
    path("members/invitations/<uuid:invitation_id>/revoke", invitations.revoke, name="invitation-revoke"),
    path("members/<uuid:membership_id>", member.member, name="member"),
    path("members/<uuid:membership_id>/role", member.role, name="member-role"),
    path("members/<uuid:membership_id>/active", member.active, name="member-active"),
    path("members/<uuid:membership_id>/remove", member.remove, name="member-remove"),
    path("delete", delete.delete, name="delete"),
    *actor_urls.urlpatterns,
]

site_urlpatterns = [
    path("", home.home, name="home"),
    path("welcome", home.welcome, name="welcome"),
    path("account/<uuid:account_id>", home.to_overview),
    path("account/<uuid:account_id>/workspace/<uuid:workspace_id>", home.to_dashboard),
    path("workspaces", workspaces.everything, name="workspaces"),
    path("workspaces/create", workspaces.create, name="workspace-create"),
    path("workspaces/handle", workspaces.check, name="workspace-handle-check"),
    path("workspaces/<uuid:workspace_id>/leave", leaving.leave, name="workspace-leave"),
    path("workspaces/switcher", workspaces.switcher, name="switcher"),
    path("invitation/<str:token>", joining.invitation, name="invitation"),
    path("invitation/<str:token>/accept", joining.accept, name="invitation-accept"),
    path("invitation/<str:token>/decline", joining.decline, name="invitation-decline"),
    path("invitation/<str:token>/sign-up", joining.sign_up, name="invitation-sign-up"),
    path("my/invitations", joining.mine, name="my-invitations"),
    path("my/invitations/<uuid:invitation_id>/accept", joining.accept_mine, name="my-invitation-accept"),
    path("my/invitations/<uuid:invitation_id>/decline", joining.decline_mine, name="my-invitation-decline"),
    path("@<slug:account>", home.of_account, name="account-by-handle"),
    path("@<slug:account>/<slug:workspace>", home.by_handles, name="by-handles"),
    path("@<slug:account>/<slug:workspace>/<path:rest>", home.by_handles),
]
