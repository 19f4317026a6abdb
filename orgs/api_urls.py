from accounts.rest.routes import routes
from orgs import api

urlpatterns = routes(
    ("me/accounts", api.MyAccountsView),
    ("me/organizations", api.MyOrganizationsView),
    ("me/accounts/has_permission", api.MyAccountsWithPermissionView),
    ("me/accounts/<uuid:account_id>", api.MyAccountView),
    ("me/accounts/<uuid:account_id>/permissions", api.MyPermissionsView),
    ("me/accounts/<uuid:account_id>/has_permission", api.MyPermissionView),
)
