"""The admin of accounts and what belongs to them. Changes call the same services as the pages of accounts."""

from orgs.admin import accounts, invitations, members, networks, plans, roles, service_accounts, teams

__all__ = ["accounts", "invitations", "members", "networks", "plans", "roles", "service_accounts", "teams"]
