"""Endpoints of the IP allowlist (docs/contract/cloud-api.md, "IP allowlist")."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs.models import AllowedNetwork
from orgs.rest import AccountView
from orgs.schemas import networks as schemas
from orgs.services import networks
from rbac import permissions


class AllowlistView(AccountView):
    required_permissions = {"GET": permissions.READ_IP_ALLOWLIST, "PUT": permissions.UPDATE_IP_ALLOWLIST}

    @describe("read_ip_allowlist", answers={200: schemas.Allowlist})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the networks from which the account may be used, if its settings enforce the list."""
        return Answer({"entries": [_entry(network) for network in networks.networks_of(self.account)]})

    @describe("update_ip_allowlist", body=schemas.AllowlistGiven, answers={204: None})
    def put(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the list of at most 25 networks. A list that would lock out the caller is refused."""
        wanted = [
            networks.Network(entry.ip_network, entry.enabled, entry.description or "")
            for entry in self.body(schemas.AllowlistGiven).entries
        ]
        networks.set_networks(self.account, wanted, address=self.address, actor=self.actor)
        return NoContent()


class MyAccessView(AccountView):
    required_permissions = {"GET": permissions.READ_ACCOUNT}

    @describe("read_my_ip_allowlist_access", answers={200: schemas.MyAccess})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return whether the list contains the caller's address, even if it is not enforced."""
        enabled = [network.network for network in networks.networks_of(self.account) if network.enabled]
        if not enabled:
            return Answer({"allowed": True, "detail": "No network is enabled: the account is open to every address."})
        if not networks.contains_address(enabled, self.address):
            return Answer({"allowed": False, "detail": networks.locked_out_message(self.address)})
        return Answer({"allowed": True, "detail": f"Your address {self.address} is in a network that is enabled."})


def _entry(network: AllowedNetwork) -> dict[str, object]:
    return {
        "ip_network": network.network,
        "enabled": network.enabled,
        "description": network.description or None,
        "last_seen": network.last_seen.strftime("%Y-%m-%dT%H:%M:%SZ") if network.last_seen else None,
    }
