"""URLs of the endpoints of flows. The busiest come first, because Django tries them in order."""

from core.rest.routes import routes_below
from workspaces.flows import api

urlpatterns = routes_below(
    "flows",
    ("", api.FlowsView),
    ("<uuid:id>", api.FlowView),
    ("filter", api.FlowsFilterView),
    ("count", api.FlowsCountView),
    ("paginate", api.FlowsPaginateView),
    ("bulk_delete", api.FlowsBulkDeleteView),
    ("name/<str:name>", api.FlowByNameView),
)
