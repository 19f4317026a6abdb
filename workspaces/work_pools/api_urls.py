"""URLs of the endpoints of work pools. The busiest come first, because Django tries them in order."""

from core.rest.routes import routes, routes_below
from workspaces.work_pools.api import all_queues, collections, pools, queues, run_keys, workers

urlpatterns = [
    *routes_below(
        "work_pools",
        ("<str:work_pool_name>/workers/heartbeat", workers.HeartbeatView),
        ("filter", pools.WorkPoolsFilterView),
        ("count", pools.WorkPoolsCountView),
        ("paginate", pools.WorkPoolsPaginateView),
        ("my-access", pools.WorkPoolsMyAccessView),
        ("<str:name>", pools.WorkPoolView),
        ("", pools.WorkPoolsView),
        ("<str:name>/access", pools.WorkPoolAccessView),
        ("<str:name>/run-keys", run_keys.RunKeysView),
        ("<str:work_pool_name>/queues", queues.PoolQueuesView),
        ("<str:work_pool_name>/queues/filter", queues.PoolQueuesFilterView),
        ("<str:work_pool_name>/queues/paginate", queues.PoolQueuesPaginateView),
        ("<str:work_pool_name>/queues/<str:name>", queues.PoolQueueView),
        ("<str:work_pool_name>/workers/filter", workers.WorkersFilterView),
        ("<str:work_pool_name>/workers/paginate", workers.WorkersPaginateView),
        ("<str:work_pool_name>/workers/<str:name>", workers.WorkerView),
    ),
    *routes_below(
        "work_queues",
        ("<uuid:id>", all_queues.WorkQueueView),
        ("", all_queues.WorkQueuesView),
        ("filter", all_queues.WorkQueuesFilterView),
        ("paginate", all_queues.WorkQueuesPaginateView),
        ("name/<str:name>", all_queues.WorkQueueByNameView),
    ),
    *routes_below(
        "collections",
        ("work_pool_types", collections.WorkPoolTypesView),
        ("views/<str:view>", collections.CollectionView),
    ),
]
site_urlpatterns = routes(("collections/views/<str:view>", collections.CollectionOfSiteView))
