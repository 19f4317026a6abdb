"""The API of the organizations in the trash, below /api/."""

from core.rest.routes import routes
from workspaces.trash import api

urlpatterns = routes(
    ("me/trash", api.MyTrashView),
    ("me/trash/<uuid:trashed_account_id>/restore", api.RestoreOrganizationView),
)
