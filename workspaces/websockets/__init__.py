"""Websockets of workspaces: connections, authentication, limits, and closing them when access ends."""
