"""The API of transfers: below a workspace as in Prefect Cloud, and below an account."""

from core.rest.routes import routes
from transfers.api import cloud, transfers

workspace_urlpatterns = routes(
    ("transfer", cloud.TransferView),
    ("validate_transfer", cloud.ValidateTransferView),
)
account_urlpatterns = routes(
    ("transfers/", transfers.TransfersView),
    ("transfers/preview", transfers.TransferPreviewView),
    ("transfers/filter", transfers.TransfersFilterView),
    ("transfers/refused_sources", transfers.RefusedSourcesView),
    ("transfers/refused_sources/<uuid:source_id>", transfers.RefusedSourceView),
    ("transfers/<uuid:transfer_id>", transfers.TransferView),
    ("transfers/<uuid:transfer_id>/approve", transfers.ApproveTransferView),
    ("transfers/<uuid:transfer_id>/decline", transfers.DeclineTransferView),
    ("transfers/<uuid:transfer_id>/cancel", transfers.CancelTransferView),
    ("transfers/<uuid:transfer_id>/undo", transfers.UndoTransferView),
)
