from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from auditlog.actors import USER, Actor
from auditlog.ids import new_id


class UserManager(BaseUserManager["User"]):
    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator, for `manage.py createsuperuser`: a user of the Django admin without an account of its own."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. The handle is that of the personal account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=500, blank=True)
    last_name = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=5000, blank=True)
    location = models.CharField(max_length=5000, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def handle(self) -> str:
        """The personal account's handle; empty for an operator without one."""
        account = getattr(self, "personal_account", None)
        return account.handle if account else ""

    @property
    def personal_account_id(self) -> UUID | None:
        account = getattr(self, "personal_account", None)
        return account.id if account else None

    def as_actor(self) -> Actor:
        return Actor(USER, self.id, self.name)
