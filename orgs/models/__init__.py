"""Models of what belongs to an account. The account itself is in `accounts.models`."""

from orgs.models.domains import Domain
from orgs.models.invitations import Invitation
from orgs.models.memberships import Membership
from orgs.models.networks import AllowedNetwork
from orgs.models.plans import AccountPlan, Plan
from orgs.models.service_accounts import ServiceAccount
from orgs.models.teams import Team

__all__ = ["AccountPlan", "AllowedNetwork", "Domain", "Invitation", "Membership", "Plan", "ServiceAccount", "Team"]
