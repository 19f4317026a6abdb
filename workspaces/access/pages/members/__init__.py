"""Pages of an account's members and of the workspaces that each may enter."""
