"""Pages of an account's service accounts, their keys and their workspaces."""
