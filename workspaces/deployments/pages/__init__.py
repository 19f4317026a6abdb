"""Pages of deployments. Runs add columns and tabs by `workspaces.deployments.hooks`."""
