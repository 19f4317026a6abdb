from accounts import api, sessions_api
from core.rest.routes import routes

urlpatterns = routes(
    ("me/", api.MeView),
    ("me/api_keys", api.MyKeysView),
    ("me/api_keys/filter", api.MyKeysFilterView),
    ("me/sessions", sessions_api.MySessionsView),
    ("me/sessions/filter", sessions_api.MySessionsFilterView),
    ("me/sessions/<uuid:session_id>/terminate", sessions_api.MySessionEndView),
    ("users/<uuid:id>/api_keys", api.UserKeysView),
    ("users/<uuid:id>/api_keys/<uuid:api_key_id>", api.UserKeyView),
)
