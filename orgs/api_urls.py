from accounts.rest.routes import routes
from orgs.api import me, workspace_roles

urlpatterns = routes(
    ("me/accounts", me.MyAccountsView),
    ("me/organizations", me.MyOrganizationsView),
    ("me/accounts/has_permission", me.MyAccountsWithPermissionView),
    ("me/accounts/<uuid:account_id>", me.MyAccountView),
    ("me/accounts/<uuid:account_id>/permissions", me.MyPermissionsView),
    ("me/accounts/<uuid:account_id>/has_permission", me.MyPermissionView),
    ("accounts/<uuid:account_id>/workspace_roles/", workspace_roles.RolesView),
    ("accounts/<uuid:account_id>/workspace_roles/filter", workspace_roles.RolesFilterView),
    ("accounts/<uuid:account_id>/workspace_roles/<uuid:id>", workspace_roles.RoleView),
)
