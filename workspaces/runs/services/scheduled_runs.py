"""Remove scheduled runs when their deployment changes (docs/contract/deployments.md, "Scheduled runs")."""

from django.utils import timezone

from workspaces.deployments.models import Deployment
from workspaces.runs.models import FlowRun, Log


def remove_scheduled_runs(deployment: Deployment, auto_scheduled_only: bool, future_only: bool) -> None:
    """Remove runs of the deployment that are scheduled and never ran, except those that wait for a slot.

    Called by the hooks of deployments, in the transaction of the change.
    """
    runs = FlowRun.objects.filter(
        workspace=deployment.workspace_id, deployment=deployment, state_type="SCHEDULED", run_count=0
    ).exclude(state_name="AwaitingConcurrencySlot")
    if auto_scheduled_only:
        runs = runs.filter(auto_scheduled=True)
    if future_only:
        runs = runs.filter(next_scheduled_start_time__gt=timezone.now())
    ids = list(runs.values_list("id", flat=True))
    if not ids:
        return
    Log.objects.filter(workspace=deployment.workspace_id, flow_run_id__in=ids).delete()
    # Again with the conditions: a worker may have taken one meanwhile.
    runs.filter(id__in=ids).delete()
