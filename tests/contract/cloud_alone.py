"""What Cloud has below a workspace and the reference does not: its shapes are compared with Cloud's document."""

# Everything below these addresses.
AREAS = (
    "/access/",
    "/bot_access/",
    "/default_workspace_role",
    "/invitations/",
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
}
# Of answers.
FIELDS = {"disabled", "version_id", "version_info"}


def is_clouds(method: str, path: str) -> bool:
    """Whether Cloud alone has this operation, whose path is without the workspace."""
    return path.startswith(AREAS) or f"{method.upper()} {path}" in OPERATIONS
