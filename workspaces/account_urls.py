"""The account API of workspaces, below /api/accounts/<account_id>/."""

from accounts.rest.routes import routes
from workspaces import account_api

urlpatterns = routes(
    ("workspaces/", account_api.WorkspacesView),
    ("workspaces/filter", account_api.WorkspacesFilterView),
    ("workspaces/<uuid:workspace_id>", account_api.AccountWorkspaceView),
    ("workspaces/<uuid:workspace_id>/settings", account_api.SettingsView),
    ("workspaces/<uuid:workspace_id>/default_workspace_role", account_api.DefaultRoleView),
)
