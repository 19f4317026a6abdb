"""URLs of an account's pages that do not involve workspaces. They are included at /account/<account_id>/."""

from django.urls import URLPattern, path

from orgs.views import network, profile, roles, settings

urlpatterns: list[URLPattern] = [
    path("edit", profile.edit, name="edit"),
    path("edit/handle", profile.check, name="handle-check"),
    path("edit/image", profile.set_image, name="edit-image"),
    path("edit/image/remove", profile.remove_image, name="edit-image-remove"),
    path("leave", settings.leave, name="leave"),
    path("network", network.network, name="network"),
    path("network/add", network.add, name="network-add"),
    path("network/enforce", network.enforce, name="network-enforce"),
    path("network/<uuid:network_id>/switch", network.switch, name="network-switch"),
    path("network/<uuid:network_id>/remove", network.remove, name="network-remove"),
    path("roles", roles.roles, name="roles"),
    path("roles/create", roles.create, name="role-create"),
    path("roles/<uuid:role_id>", roles.role, name="role"),
    path("roles/<uuid:role_id>/edit", roles.edit, name="role-edit"),
    path("roles/<uuid:role_id>/delete", roles.delete, name="role-delete"),
    path("settings", settings.settings, name="settings"),
]
