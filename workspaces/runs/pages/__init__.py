"""What people watch: lists of runs and flows, a run, its tasks, its logs."""
