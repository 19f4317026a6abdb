"""Deleted workspaces and organizations: unreachable at once, restorable for some days, then removed."""
