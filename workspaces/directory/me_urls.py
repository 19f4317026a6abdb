from core.rest.routes import routes
from workspaces.access.api import invitation_answers
from workspaces.directory.api import me, organization

urlpatterns = routes(
    ("me/workspaces", me.MyWorkspacesView),
    ("me/workspaces/<uuid:workspace_id>", me.MyWorkspaceView),
    ("me/workspaces/<uuid:workspace_id>/scopes", me.MyScopesView),
    ("me/workspaces/<uuid:workspace_id>/has_scope", me.MyScopeView),
    ("users/<uuid:id>", me.UserView),
    ("invitations/<uuid:id>/accept", invitation_answers.AcceptInvitationView),
    ("invitations/<uuid:id>/reject", invitation_answers.RejectInvitationView),
    ("workspaces/<uuid:workspace_id>", me.FindWorkspaceView),
    ("accounts/<uuid:account_id>", organization.WholeAccountView),
    ("accounts/<uuid:account_id>/usage", organization.UsageView),
    ("accounts/<uuid:account_id>/plan", organization.PlanView),
)
