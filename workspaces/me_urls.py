from accounts.rest.routes import routes
from workspaces import me_api, organization_api
from workspaces.access_api import joining

urlpatterns = routes(
    ("me/workspaces", me_api.MyWorkspacesView),
    ("me/workspaces/<uuid:workspace_id>", me_api.MyWorkspaceView),
    ("me/workspaces/<uuid:workspace_id>/scopes", me_api.MyScopesView),
    ("me/workspaces/<uuid:workspace_id>/has_scope", me_api.MyScopeView),
    ("users/<uuid:id>", me_api.UserView),
    ("invitations/<uuid:id>/accept", joining.AcceptInvitationView),
    ("invitations/<uuid:id>/reject", joining.RejectInvitationView),
    ("workspaces/<uuid:workspace_id>", me_api.FindWorkspaceView),
    ("accounts/<uuid:account_id>", organization_api.WholeAccountView),
    ("accounts/<uuid:account_id>/usage", organization_api.UsageView),
)
