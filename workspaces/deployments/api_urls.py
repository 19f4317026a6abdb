"""URLs of the endpoints of deployments. The busiest come first, because Django tries them in order."""

from core.rest.routes import routes, routes_below
from workspaces.deployments.api import (
    access,
    automations,
    branches,
    deployment_lists,
    deployments,
    schedules,
    schema_checks,
    versions,
    work_queue_check,
)

urlpatterns = routes_below(
    "deployments",
    ("", deployments.DeploymentsView),
    ("<uuid:id>", deployments.DeploymentView),
    ("name/<str:flow_name>/<str:deployment_name>", deployments.DeploymentByNameView),
    ("filter", deployment_lists.DeploymentsFilterView),
    ("count", deployment_lists.DeploymentsCountView),
    ("paginate", deployment_lists.DeploymentsPaginateView),
    ("bulk_delete", deployment_lists.DeploymentsBulkDeleteView),
    ("my-access", deployment_lists.MyDeploymentAccessView),
    ("<uuid:id>/branch", branches.BranchView),
    ("<uuid:id>/access", access.DeploymentAccessView),
    ("<uuid:id>/pause_deployment", deployments.PauseView),
    ("<uuid:id>/resume_deployment", deployments.ResumeView),
    ("<uuid:id>/disable", deployments.DisableView),
    ("<uuid:id>/enable", deployments.EnableView),
    ("<uuid:id>/set_schedule_active", deployments.SchedulesActiveView),
    ("<uuid:id>/set_schedule_inactive", deployments.SchedulesInactiveView),
    ("<uuid:id>/schedules", schedules.SchedulesView),
    ("<uuid:id>/schedules/<uuid:schedule_id>", schedules.ScheduleView),
    ("<uuid:id>/work_queue_check", work_queue_check.WorkQueueCheckView),
    ("<uuid:id>/versions/paginate", versions.VersionsPaginateView),
    ("<uuid:id>/versions/<uuid:version_id>", versions.VersionView),
    ("<uuid:id>/versions/<uuid:version_id>/promote", versions.PromoteView),
) + routes(
    ("automations/related-to/<str:resource_id>", automations.RelatedAutomationsView),
    ("automations/owned-by/<str:resource_id>", automations.OwnedAutomationsView),
    ("ui/schemas/validate", schema_checks.ValidateView),
)
