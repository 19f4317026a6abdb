"""Pages that list, create, edit and delete workspaces, the home page, and pages of accounts that show workspaces."""
