"""Events of workspaces: received from clients and from this server, stored, and sent to subscribers."""
