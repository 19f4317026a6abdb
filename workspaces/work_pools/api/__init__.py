"""Endpoints of work pools, their queues and workers, and of the types of workers."""
