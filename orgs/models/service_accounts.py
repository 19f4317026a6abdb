from typing import ClassVar

from django.db import models

from accounts.models import User
from auditlog.actors import SERVICE_ACCOUNT


class ServiceAccountManager(models.Manager["ServiceAccount"]):
    def get_queryset(self) -> models.QuerySet["ServiceAccount"]:
        return super().get_queryset().filter(kind=SERVICE_ACCOUNT)


class ServiceAccount(User):
    """A user without a person, which acts by its API keys. It belongs to one account, its `home_account`."""

    objects: ClassVar[ServiceAccountManager] = ServiceAccountManager()  # type: ignore[assignment]  # not for people

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return self.name
