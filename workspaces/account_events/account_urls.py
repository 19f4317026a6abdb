"""The account API of events, below /api/accounts/<account_id>/."""

from core.rest.routes import routes
from workspaces.account_events import api

urlpatterns = routes(
    ("events/filter", api.FilterView),
    ("events/filter/next", api.NextView),
    ("events/count-by/<str:countable>", api.CountView),
)
