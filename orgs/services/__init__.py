"""Services that change accounts: their members, invitations, teams, service accounts, roles and networks."""
