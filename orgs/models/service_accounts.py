from typing import ClassVar

from django.db import models

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT


class ServiceAccountManager(models.Manager["ServiceAccount"]):
    def get_queryset(self) -> models.QuerySet["ServiceAccount"]:
        return super().get_queryset().filter(kind=SERVICE_ACCOUNT)


class ServiceAccount(User):
    """An actor with keys and no person: a user of this kind, with the account it belongs to as `home_account`."""

    objects: ClassVar[ServiceAccountManager] = ServiceAccountManager()  # type: ignore[assignment]  # not that of people

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return self.name
