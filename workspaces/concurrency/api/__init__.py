"""Endpoints of concurrency limits."""
