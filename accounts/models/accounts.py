from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from accounts.models.users import User
from core.db.ids import new_id

handle_is_well_formed = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "A handle is lower-case letters, digits and single dashes between them."
)
HANDLE_LENGTH = 63


class AccountManager(models.Manager["Account"]):
    """Return the accounts that are not in the trash, so that nobody reaches those that are."""

    def get_queryset(self) -> models.QuerySet["Account"]:
        return super().get_queryset().filter(trashed_at=None)


class Account(models.Model):
    """An owner of workspaces, with a handle: a personal account, created with its user, or an organization."""

    PERSONAL, ORGANIZATION = "PERSONAL", "ORGANIZATION"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(PERSONAL, "personal"), (ORGANIZATION, "organization")])
    name = models.CharField(max_length=500)
    handle = models.CharField(max_length=HANDLE_LENGTH, unique=True, validators=[handle_is_well_formed])
    # The person whose personal account this is; empty for an organization.
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.CASCADE, related_name="personal_account")
    location = models.CharField(max_length=5000, blank=True)
    link = models.CharField(max_length=5000, blank=True)
    billing_email = models.EmailField(blank=True)
    # Seconds after which this account asks for the password again; null: never within a session.
    auth_expiration_seconds = models.PositiveIntegerField(null=True, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    # Networks (CIDR) that may reach its pages and API while the allowlist is enforced; empty: any network.
    enforced_networks = models.JSONField(default=list, blank=True, editable=False)
    # When it was deleted. Until it is removed its owners can restore it (docs/retention.md).
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[AccountManager] = AccountManager()
    with_trashed: ClassVar[models.Manager["Account"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_personal_has_user",
                condition=models.Q(kind="PERSONAL", user__isnull=False)
                | models.Q(kind="ORGANIZATION", user__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.handle


class FormerHandle(models.Model):
    """A handle that an account had. Until it expires it leads to the account, and no other account can take it."""

    handle = models.CharField(primary_key=True, max_length=HANDLE_LENGTH)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="former_handles")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.handle} was {self.account}"


class AccountImage(models.Model):
    """A square picture, re-encoded by us. It is in the database so that every web process has it."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="image")
    content = models.BinaryField()
    content_type = models.CharField(max_length=50)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"image of {self.account_id}"
