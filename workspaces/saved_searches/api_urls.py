from core.rest.routes import routes_below
from workspaces.saved_searches import api

urlpatterns = routes_below(
    "saved_searches",
    ("<uuid:id>", api.SavedSearchView),
    ("", api.SavedSearchesView),
    ("filter", api.SavedSearchesFilterView),
)
