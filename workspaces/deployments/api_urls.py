"""URLs of the endpoints of deployments. The busiest come first, because Django tries them in order."""

from core.rest.routes import routes, routes_below
from workspaces.deployments.api import access, deployment_lists, deployments, other, schedules, schema_checks, versions

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
    ("<uuid:id>/access", access.DeploymentAccessView),
    ("<uuid:id>/pause_deployment", deployments.PauseView),
    ("<uuid:id>/resume_deployment", deployments.ResumeView),
    ("<uuid:id>/disable", deployments.DisableView),
    ("<uuid:id>/enable", deployments.EnableView),
    ("<uuid:id>/set_schedule_active", deployments.SchedulesActiveView),
    ("<uuid:id>/set_schedule_inactive", deployments.SchedulesInactiveView),
    ("<uuid:id>/schedules", schedules.SchedulesView),
    ("<uuid:id>/schedules/<uuid:schedule_id>", schedules.ScheduleView),
    ("<uuid:id>/work_queue_check", other.WorkQueueCheckView),
    ("<uuid:id>/versions/paginate", versions.VersionsPaginateView),
    ("<uuid:id>/versions/<uuid:version_id>", versions.VersionView),
    ("<uuid:id>/versions/<uuid:version_id>/promote", versions.PromoteView),
) + routes(
    ("automations/related-to/<str:resource_id>", other.RelatedAutomationsView),
    ("automations/owned-by/<str:resource_id>", other.OwnedAutomationsView),
    ("ui/schemas/validate", schema_checks.ValidateView),
)
