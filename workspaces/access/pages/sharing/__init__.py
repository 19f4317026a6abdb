"""The sharing pages of a workspace: who has access and why, adding and changing it, and collaborators."""
