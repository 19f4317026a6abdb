"""Which work queue the runs of a deployment go to."""

DEFAULT_AGENT_POOL = "default-agent-pool"
