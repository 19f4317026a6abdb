"""The account API of workspaces, below /api/accounts/<account_id>/."""

from core.rest.routes import routes
from workspaces.directory.api import account

urlpatterns = routes(
    ("workspaces/", account.WorkspacesView),
    ("workspaces/filter", account.WorkspacesFilterView),
    ("workspaces/<uuid:workspace_id>", account.AccountWorkspaceView),
    ("workspaces/<uuid:workspace_id>/settings", account.SettingsView),
    ("workspaces/<uuid:workspace_id>/default_workspace_role", account.DefaultRoleView),
)
