"""What every endpoint of the REST API shares: reading bodies, writing responses, errors, documentation."""
