"""How many leases a workspace can have at the same time."""

from django.conf import settings
from django.utils import timezone

from core.caps import check_cap
from workspaces.concurrency.models import Lease
from workspaces.models import Workspace


def check_lease_cap(workspace: Workspace, adding: int) -> None:
    """Raise `Invalid` if so many more leases would exceed the workspace's cap.

    Leases of runs of deployments are not refused: there are no more of them than runs. The workspace is not locked,
    so that those who take slots of different limits do not wait for each other; as many as do so at once can exceed
    the cap.
    """
    cap: int = settings.CAPS["leases"]
    live = Lease.objects.filter(workspace=workspace, expires__gt=timezone.now())
    check_cap("leases", cap, live[: cap + 1].count() if cap else 0, adding=adding)
