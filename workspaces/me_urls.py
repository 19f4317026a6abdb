from accounts.rest.routes import routes
from workspaces import me_api

urlpatterns = routes(
    ("me/workspaces", me_api.MyWorkspacesView),
    ("me/workspaces/<uuid:workspace_id>", me_api.MyWorkspaceView),
    ("me/workspaces/<uuid:workspace_id>/scopes", me_api.MyScopesView),
    ("me/workspaces/<uuid:workspace_id>/has_scope", me_api.MyScopeView),
    ("users/<uuid:id>", me_api.UserView),
    ("workspaces/<uuid:workspace_id>", me_api.FindWorkspaceView),
)
