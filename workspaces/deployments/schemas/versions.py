"""Versions of deployments (docs/contract/deployments.md, "Versions")."""

from typing import Any, ClassVar
from uuid import UUID

from workspaces.deployments.schemas.deployments import StoredVersionInfo
from workspaces.filters.paging import Numbered, Paged
from workspaces.shapes import CreatedBy, Labels, Request, Resource, Tags, Text, Time


class DeploymentVersion(Resource):
    # What a version keeps of the deployment, besides its path and the text of its version.
    SNAPSHOT: ClassVar[tuple[str, ...]] = (
        "description", "tags", "labels", "entrypoint", "pull_steps", "parameters", "parameter_openapi_schema",
        "enforce_parameter_schema", "job_variables", "work_queue_id", "work_queue_name", "work_pool_name",
    )  # fmt: skip

    id: UUID
    created: Time | None
    updated: Time | None
    deployment_id: UUID
    version_info: StoredVersionInfo
    description: str | None
    tags: Tags
    labels: Labels | None
    entrypoint: str | None
    pull_steps: list[dict[str, Any]] | None
    parameters: dict[str, Any]
    parameter_openapi_schema: dict[str, Any] | None
    enforce_parameter_schema: bool
    job_variables: dict[str, Any]
    infra_overrides: dict[str, Any]  # the same under its old name
    work_queue_id: UUID | None
    work_queue_name: str | None
    work_pool_name: str | None
    created_by: CreatedBy | None
    updated_by: CreatedBy | None
    last_active: Time | None


class VersionPage(Paged):
    results: list[DeploymentVersion]


class VersionsPaginate(Numbered):
    pass


class Promote(Request):
    reason: Text | None = None
