"""What can happen to an organization, its people, teams, service accounts, roles and networks."""
