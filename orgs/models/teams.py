from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from accounts.models import Account, User
from core.db.ids import new_id


class Team(models.Model):
    """A named group of people and service accounts of an account. Its members are those of Django's `group`.

    Each organization has one team with `everyone` set, which has all of its people. The role that this team is granted
    in a workspace is the workspace's default role.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="teams", db_index=False)
    name = models.CharField(max_length=500)
    description = models.CharField(max_length=5000, blank=True)
    everyone = models.BooleanField(default=False, editable=False)
    # The group of an identity provider that manages the members. It is empty if admins manage them.
    directory_group_id = models.CharField(max_length=500, blank=True)
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="team", editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], condition=Q(everyone=False), name="team_name_in_account"
            ),
            models.UniqueConstraint(fields=["account"], condition=Q(everyone=True), name="team_one_everyone"),
        ]
        indexes = [models.Index(fields=["account", "name"], name="team_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def members(self) -> "models.QuerySet[User, Any]":
        """Return the people and service accounts in the team."""
        return User.actors.filter(groups=self.group_id)
