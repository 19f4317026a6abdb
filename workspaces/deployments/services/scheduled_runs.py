"""Remove scheduled runs that a change of a deployment has made outdated."""

from workspaces.deployments import hooks
from workspaces.deployments.models import Deployment


def remove_scheduled_runs(
    deployment: Deployment, *, auto_scheduled_only: bool = True, future_only: bool = True
) -> None:
    """Remove runs of the deployment that never ran, and let the scheduler look at its schedules soon.

    See docs/contract/deployments.md, "Scheduled runs". Call it in the transaction of the change.
    """
    for hook in hooks.remove_scheduled_runs:
        hook(deployment, auto_scheduled_only, future_only)
    deployment.schedules.filter(look_at__isnull=False).update(look_at=None)
