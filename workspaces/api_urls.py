from core.rest.routes import routes
from workspaces import api

urlpatterns = routes(
    ("admin/storage", api.AdminStorageView),
    ("admin/version", api.AdminVersionView),
    ("csrf-token", api.CsrfTokenView),
    ("telemetry/v1/metrics", api.TelemetryView),
    ("health", api.HealthView),
    ("hello", api.HelloView),
    ("ready", api.ReadyView),
    ("version", api.VersionView),
)
