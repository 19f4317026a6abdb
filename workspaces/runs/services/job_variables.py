"""Check the job variables of runs."""

from typing import Any

from core.errors import Invalid
from workspaces.deployments.models import Deployment
from workspaces.work_pools.job_templates import InvalidJobVariables, check_job_variables


def check_run_variables(deployment: Deployment, run_variables: dict[str, Any] | None) -> None:
    """Check the job variables of a run against the deployment's pool. Raises `Invalid`."""
    if deployment.work_queue is None:
        return
    try:
        check_job_variables(deployment.work_queue.work_pool, deployment.job_variables, run_variables, require=True)
    except InvalidJobVariables as error:
        raise Invalid(f"Error creating flow run: {' '.join(error.messages)}") from None
