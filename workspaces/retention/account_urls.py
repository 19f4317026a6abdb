"""The API of retention, below /api/accounts/<account_id>/."""

from core.rest.routes import routes
from workspaces.retention import api

urlpatterns = routes(
    ("retention", api.AccountRetentionView),
    ("retention/preview", api.AccountPreviewView),
    ("legal_holds", api.LegalHoldsView),
    ("legal_holds/<uuid:workspace_id>", api.LegalHoldView),
    ("workspaces/<uuid:workspace_id>/retention", api.WorkspaceRetentionView),
    ("workspaces/<uuid:workspace_id>/retention/preview", api.WorkspacePreviewView),
)
