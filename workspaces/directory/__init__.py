"""Finding, creating, editing and deleting workspaces, and the pages that list them."""
