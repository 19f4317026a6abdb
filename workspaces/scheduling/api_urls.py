"""URLs of the endpoints of polls and slots. They come before those of the nouns, because workers poll all the time."""

from core.rest.routes import routes
from workspaces.scheduling import api, schedule_api

urlpatterns = routes(
    ("work_pools/<str:name>/get_scheduled_flow_runs", api.PollPoolView),
    ("deployments/get_scheduled_flow_runs", api.PollDeploymentsView),
    ("work_pools/<str:name>/concurrency_status", api.PoolSlotsView),
    ("deployments/<uuid:id>/schedule", schedule_api.ScheduleDeploymentView),
    ("work_queues/<uuid:id>/get_runs", api.PollQueueView),
    ("work_queues/<uuid:id>/status", api.QueueStatusView),
    ("work_queues/<uuid:id>/concurrency_status", api.QueueSlotsView),
)
