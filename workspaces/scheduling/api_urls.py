"""URLs of the endpoints of polls and slots. They come before those of the nouns, because workers poll all the time."""

from core.rest.routes import routes_below
from workspaces.scheduling import api, late_api, schedule_api

urlpatterns = [
    *routes_below(
        "work_pools",
        ("<str:name>/get_scheduled_flow_runs", api.PollPoolView),
        ("<str:name>/concurrency_status", api.PoolSlotsView),
    ),
    *routes_below(
        "deployments",
        ("get_scheduled_flow_runs", api.PollDeploymentsView),
        ("<uuid:id>/schedule", schedule_api.ScheduleDeploymentView),
    ),
    *routes_below("flow_runs", ("<uuid:id>/why-late", late_api.WhyLateView)),
    *routes_below(
        "work_queues",
        ("<uuid:id>/get_runs", api.PollQueueView),
        ("<uuid:id>/status", api.QueueStatusView),
        ("<uuid:id>/concurrency_status", api.QueueSlotsView),
    ),
    *routes_below("ui/work_pools", ("count-flow-runs", api.PoolRunCountsView)),
]
