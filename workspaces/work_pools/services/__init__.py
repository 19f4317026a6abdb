"""The changes of work pools, their queues and their workers."""
