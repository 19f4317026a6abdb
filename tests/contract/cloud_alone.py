"""What Cloud has below a workspace and the reference does not: its shapes are compared with Cloud's document."""

# Everything below these addresses.
AREAS = (
    "/access/",
    "/bot_access/",
    "/default_workspace_role",
    "/invitations/",
    "/retention",
    "/settings",
    "/team_access/",
    "/telemetry/",
    "/transfer",
    "/user_access/",
    "/validate_transfer",
)
OPERATIONS = {
    "GET /deployments/{id}/access",
    "PUT /deployments/{id}/access",
    "POST /deployments/{id}/disable",
    "POST /deployments/{id}/enable",
    "POST /deployments/{id}/set_schedule_active",
    "POST /deployments/{id}/set_schedule_inactive",
    "GET /deployments/{id}/versions/{version_id}",
    "DELETE /deployments/{id}/versions/{version_id}",
    "POST /deployments/{id}/versions/{version_id}/promote",
    "POST /deployments/{id}/versions/paginate",
    "POST /deployments/my-access",
    "GET /collections/work_pool_types",
    "POST /work_pools/my-access",
    "GET /work_pools/{name}/access",
    "PUT /work_pools/{name}/access",
}
# Cloud alone has these. They have the rows and filters of the reference, as the lists beside them, without Cloud's own.
WITH_ROWS_OF_THE_REFERENCE = {
    "POST /deployments/{id}/branch",
    "POST /ui/work_pools/count-flow-runs",
    "POST /work_pools/paginate",
    "POST /work_pools/{work_pool_name}/queues/paginate",
    "POST /work_pools/{work_pool_name}/workers/paginate",
    "GET /work_pools/{work_pool_name}/workers/{name}",
    "POST /work_queues/paginate",
}
# Of answers.
FIELDS = {"disabled", "metadata_", "version_id", "version_info"}


def is_clouds(method: str, path: str) -> bool:
    """Whether Cloud alone has this operation, whose path is without the workspace."""
    return path.startswith(AREAS) or f"{method.upper()} {path}" in OPERATIONS | WITH_ROWS_OF_THE_REFERENCE
