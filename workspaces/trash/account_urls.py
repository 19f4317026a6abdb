"""The API of an account's trash, below /api/accounts/<account_id>/."""

from core.rest.routes import routes
from workspaces.trash import api

urlpatterns = routes(
    ("trash", api.TrashView),
    ("trash/<uuid:trashed_id>/restore", api.RestoreWorkspaceView),
)
