from core.rest.routes import routes
from rbac import api

urlpatterns = routes(
    ("workspace_scopes", api.ScopesView),
    ("accounts/permissions", api.PermissionsView),
)
