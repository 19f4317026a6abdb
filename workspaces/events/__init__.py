"""Every event of a workspace: in, stored, out."""
