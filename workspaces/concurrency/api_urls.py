from core.rest.routes import routes
from workspaces.concurrency.api import limits, slots, tag_limits

urlpatterns = routes(
    ("v2/concurrency_limits/increment-with-lease", slots.IncrementWithLeaseView),
    ("v2/concurrency_limits/decrement-with-lease", slots.DecrementWithLeaseView),
    ("v2/concurrency_limits/leases/<uuid:lease_id>/renew", slots.RenewLeaseView),
    ("v2/concurrency_limits/increment", slots.IncrementView),
    ("v2/concurrency_limits/decrement", slots.DecrementView),
    ("v2/concurrency_limits/filter", limits.LimitsFilterView),
    ("v2/concurrency_limits/", limits.LimitsView),
    ("v2/concurrency_limits/<str:id_or_name>", limits.LimitView),
    ("concurrency_limits/increment", tag_limits.IncrementTagsView),
    ("concurrency_limits/decrement", tag_limits.DecrementTagsView),
    ("concurrency_limits/filter", tag_limits.TagLimitsFilterView),
    ("concurrency_limits/", tag_limits.TagLimitsView),
    ("concurrency_limits/<uuid:id>", tag_limits.TagLimitView),
    ("concurrency_limits/tag/<str:tag>", tag_limits.TagLimitByTagView),
    ("concurrency_limits/tag/<str:tag>/reset", tag_limits.ResetTagLimitView),
)
