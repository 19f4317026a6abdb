"""The pages on which a workspace is shared: lists, changes, adding, who may do what and why, collaborators."""
