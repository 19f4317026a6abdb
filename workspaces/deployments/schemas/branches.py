"""Branches of deployments."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from workspaces.deployments.schemas.deployments import DeploymentUpdate
from workspaces.shapes import Body, Text


class BranchingOptions(BaseModel):
    schedule_handling: Literal["keep", "remove", "inactive"] = "remove"


class DeploymentBranch(Body):
    branch: Annotated[Text, Field(min_length=1, max_length=5000)]
    options: BranchingOptions = BranchingOptions()
    overrides: DeploymentUpdate | None = None
