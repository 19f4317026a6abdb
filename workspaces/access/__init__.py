"""Access to workspaces: grants, sharing, invitations, teams and service accounts."""
