"""Create, change and delete deployments, their schedules and versions."""
