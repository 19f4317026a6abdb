from core.rest.routes import routes_below
from workspaces.variables import api

urlpatterns = routes_below(
    "variables",
    ("name/<str:name>", api.VariableByNameView),
    ("<uuid:id>", api.VariableView),
    ("", api.VariablesView),
    ("filter", api.VariablesFilterView),
    ("count", api.VariablesCountView),
)
