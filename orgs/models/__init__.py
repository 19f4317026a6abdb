"""Models of what belongs to an account. The account itself is in `accounts.models`."""

from orgs.models.domains import Domain
from orgs.models.invitations import Invitation
from orgs.models.memberships import Membership
from orgs.models.networks import AllowedNetwork
from orgs.models.service_accounts import ServiceAccount
from orgs.models.teams import Team

__all__ = ["AllowedNetwork", "Domain", "Invitation", "Membership", "ServiceAccount", "Team"]
