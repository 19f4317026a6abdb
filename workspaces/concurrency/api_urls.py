from core.rest.routes import routes
from workspaces.concurrency import api

urlpatterns = routes(("v2/concurrency_limits/increment-with-lease", api.IncrementWithLeaseView))
