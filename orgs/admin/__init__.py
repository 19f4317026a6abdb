"""Who belongs to accounts, for operators. Every change goes through the verb that members' own pages call."""

from orgs.admin import accounts, invitations, members, networks, roles, service_accounts, teams

__all__ = ["accounts", "invitations", "members", "networks", "roles", "service_accounts", "teams"]
