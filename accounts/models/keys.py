"""API keys, which people and service accounts use to call the API."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.users import User
from auditlog.actors import SERVICE_ACCOUNT, USER
from core.db.ids import new_id


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def in_force(self) -> Self:
        """Return keys that work: not expired, of a user who is not suspended, and of no deleted organization."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            user__is_active=True,
            user__home_account__trashed_at=None,
        )


class ApiKey(models.Model):
    """A key of a person or service account. Only its keyed hash is stored. Revoking a key deletes its row."""

    PREFIXES = {USER: "pnu_", SERVICE_ACCOUNT: "pnb_"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=500)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=4, default="pnu_", editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, blank=True, editable=False)
    # When a newer key of the service account replaced it. It still works until it expires.
    replaced_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.masked})"

    @property
    def masked(self) -> str:
        """Return the start and end of the key, such as `pnu_...x7Qa`."""
        return f"{self.prefix}...{self.last_four}"

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
