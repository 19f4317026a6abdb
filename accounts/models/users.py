from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from auditlog.actors import SERVICE_ACCOUNT, USER, Actor
from auditlog.ids import new_id


class UserManager(BaseUserManager["User"]):
    """People. Who looks for users finds no service account, so that none can sign in, be mailed or be invited."""

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().filter(kind=USER)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator, for `manage.py createsuperuser`: a user of the Django admin without an account of its own."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, or the actor behind a service account, which has keys and no person (`kind`).

    A person's handle is that of the personal account. A service account has its name as `first_name`, and an address
    that no mail reaches.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(
        max_length=20,
        choices=[(USER, "person"), (SERVICE_ACCOUNT, "service account")],
        default=USER,
        editable=False,
    )
    # The account that a service account belongs to; empty for people, who have a personal account.
    home_account = models.ForeignKey(
        "accounts.Account",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="service_accounts",
    )
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
    actors: ClassVar[models.Manager["User"]] = models.Manager()  # people and service accounts

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_service_account_has_home_and_is_no_operator",
                condition=models.Q(kind=USER, home_account__isnull=True)
                | models.Q(kind=SERVICE_ACCOUNT, home_account__isnull=False, is_staff=False, is_superuser=False),
            ),
            models.UniqueConstraint(
                fields=["home_account", "first_name"],
                condition=models.Q(kind=SERVICE_ACCOUNT),
                name="service_account_name_in_account",
            ),
        ]

    def __str__(self) -> str:
        return self.email if self.is_person else self.name

    @property
    def is_person(self) -> bool:
        return self.kind == USER

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

    @property
    def own_account_id(self) -> UUID | None:
        """The account whose record tells of this user's keys: the personal one, or a service account's."""
        return self.home_account_id or self.personal_account_id

    def as_actor(self) -> Actor:
        return Actor(self.kind, self.id, self.name)
