"""Pages about access: sharing, members, teams, service accounts, invitations."""
