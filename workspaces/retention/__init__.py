"""Retention: for how long runs, events, logs and audit entries are kept, and removing what is older."""
