"""Endpoints of deployments."""
