"""Pages of an account's teams, their members and their workspaces."""
