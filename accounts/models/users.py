from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.utils import timezone

from auditlog.actors import SERVICE_ACCOUNT, USER, Actor
from core.db.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Return people only, so that service accounts cannot sign in, get mail or be invited."""

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().filter(kind=USER)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator for `manage.py createsuperuser`: no personal account, and a confirmed address."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            user.emailaddress_set.create(email=user.email, primary=True, verified=True)  # type: ignore[attr-defined]  # allauth has no types
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or the actor behind a service account, by `kind`.

    A person's handle is that of the personal account. A service account cannot sign in; its `first_name` is its name,
    and its address gets no mail.
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
    # The IANA name of the chosen time zone. If it is empty, pages use the browser's. With `shows_utc`, they use UTC.
    time_zone = models.CharField(max_length=64, blank=True, default="")
    shows_utc = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    # When all sessions and keys were last ended because somebody else may have obtained them.
    access_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
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
        """Return the personal account's handle, which is empty for an operator without one."""
        account = getattr(self, "personal_account", None)
        return account.handle if account else ""

    @property
    def personal_account_id(self) -> UUID | None:
        account = getattr(self, "personal_account", None)
        return account.id if account else None

    @property
    def own_account_id(self) -> UUID | None:
        """Return the account whose audit log has this user's keys: the personal one, or the service account's."""
        return self.home_account_id or self.personal_account_id

    def as_actor(self) -> Actor:
        return Actor(self.kind, self.id, self.name, self.access_ended_at)
