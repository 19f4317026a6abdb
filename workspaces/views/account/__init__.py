"""Pages of an account that show or change what it has of workspaces: overview, list, members, its end."""
