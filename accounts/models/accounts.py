from django.core.validators import RegexValidator
from django.db import models

from accounts.models.users import User
from auditlog.ids import new_id

handle_is_well_formed = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "A handle is lower-case letters, digits and single dashes between them."
)
HANDLE_LENGTH = 63


class Account(models.Model):
    """Who owns workspaces: a personal account, made with its user, or an organization. It has the handle."""

    PERSONAL, ORGANIZATION = "PERSONAL", "ORGANIZATION"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(PERSONAL, "personal"), (ORGANIZATION, "organization")])
    name = models.CharField(max_length=500)
    handle = models.CharField(max_length=HANDLE_LENGTH, unique=True, validators=[handle_is_well_formed])
    # The person whose personal account this is; empty for an organization.
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.CASCADE, related_name="personal_account")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

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


class AccountImage(models.Model):
    """A square picture, re-encoded by us. In the database, so that every web process has it."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="image")
    content = models.BinaryField()
    content_type = models.CharField(max_length=50)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"image of {self.account_id}"
