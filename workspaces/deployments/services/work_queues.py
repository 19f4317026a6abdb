"""Which work queue the runs of a deployment go to."""

from django.db.models import Max
from django.utils import timezone

from workspaces.models import Workspace
from workspaces.work_pools.models import WorkPool, WorkQueue

DEFAULT_AGENT_POOL = "default-agent-pool"
