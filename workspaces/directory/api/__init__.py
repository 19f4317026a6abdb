"""The account API of workspaces: those of an account, those of the caller, and the usage of an account."""
