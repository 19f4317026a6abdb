"""Addresses of the sharing pages, below one workspace."""

from django.urls import path

from workspaces.views.sharing import add, changes, collaborators, page, why
from workspaces.views.sharing.kinds import KINDS

urlpatterns = [
    path("settings/sharing", page.sharing, name="sharing"),
    path("settings/sharing/everyone", changes.change_default, name="sharing-default"),
    path("settings/sharing/why", why.pick, name="sharing-why-pick"),
    path("settings/sharing/why/<uuid:user_id>", why.why, name="sharing-why"),
    path("settings/collaborators", collaborators.collaborators, name="collaborators"),
    path("settings/collaborators/invite", collaborators.invite, name="collaborators-invite"),
    path("settings/collaborators/<uuid:invitation_id>/resend", collaborators.resend, name="collaborators-resend"),
    path("settings/collaborators/<uuid:invitation_id>/link", collaborators.link, name="collaborators-link"),
    path("settings/collaborators/<uuid:invitation_id>/revoke", collaborators.revoke, name="collaborators-revoke"),
]
for key in KINDS:
    urlpatterns += [
        path(f"settings/sharing/{key}/add", add.ADDITIONS[key], name=f"sharing-add-{key}"),
        path(f"settings/sharing/{key}/<uuid:who_id>", changes.CHANGES[key], name=f"sharing-change-{key}"),
        path(f"settings/sharing/{key}/<uuid:who_id>/remove", changes.REMOVALS[key], name=f"sharing-remove-{key}"),
    ]
