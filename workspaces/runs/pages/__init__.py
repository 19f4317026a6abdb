"""Pages of flow runs and task runs."""
