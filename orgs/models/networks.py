from django.db import models

from accounts.models import Account
from core.db.ids import new_id


class AllowedNetwork(models.Model):
    """A network of an account's IP allowlist. The setting `enforce_ip_allowlist` says whether the list is enforced."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="allowed_networks")
    network = models.CharField(max_length=43, help_text="In CIDR form; an address alone is a network of one.")
    enabled = models.BooleanField(default=True)
    description = models.CharField(max_length=5000, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "network"], name="allowed_network_once")]

    def __str__(self) -> str:
        return self.network
