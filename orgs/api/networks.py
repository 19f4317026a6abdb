"""The account API of the IP allowlist (cloud-api.md 2.13, 8.1)."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer, NoContent
from accounts.rest.views import describe
from orgs.models import AllowedNetwork
from orgs.rest import AccountView
from orgs.schemas import networks as schemas
from orgs.services import networks


class AllowlistView(AccountView):
    required_permissions = {"GET": "read:ip_allowlist", "PUT": "update:ip_allowlist"}

    @describe("read_ip_allowlist", answers={200: schemas.Allowlist})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """The networks that the account may be reached from while its settings enforce the list."""
        return Answer({"entries": [_entry(one) for one in networks.networks_of(self.account)]})

    @describe("update_ip_allowlist", body=schemas.AllowlistGiven, answers={204: None})
    def put(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the list, at most 25 networks. One that does not let the caller in is refused."""
        wanted = [
            networks.Network(one.ip_network, one.enabled, one.description or "")
            for one in self.body(schemas.AllowlistGiven).entries
        ]
        networks.set_networks(self.account, wanted, address=self.address, actor=self.actor)
        return NoContent()


class MyAccessView(AccountView):
    required_permissions = {"GET": "read:account"}

    @describe("read_my_ip_allowlist_access", answers={200: schemas.MyAccess})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Whether the list lets the caller's address in, be it enforced or not."""
        enabled = [one.network for one in networks.networks_of(self.account) if one.enabled]
        if not enabled:
            return Answer({"allowed": True, "detail": "No network is enabled: the account is open to every address."})
        if not networks.within(enabled, self.address):
            return Answer({"allowed": False, "detail": networks.locked_out(self.address)})
        return Answer({"allowed": True, "detail": f"Your address {self.address} is in a network that is enabled."})


def _entry(one: AllowedNetwork) -> dict[str, object]:
    return {
        "ip_network": one.network,
        "enabled": one.enabled,
        "description": one.description or None,
        "last_seen": one.last_seen.strftime("%Y-%m-%dT%H:%M:%SZ") if one.last_seen else None,
    }
