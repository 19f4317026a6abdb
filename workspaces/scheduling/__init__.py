"""From a schedule to a worker: the services that create, hand out and watch scheduled runs."""
