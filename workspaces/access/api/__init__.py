"""The workspace API about access. Nobody can grant or revoke a role with more scopes than they hold.

See docs/contract/cloud-api.md, "Access to workspaces".
"""
