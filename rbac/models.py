"""Workspace roles, grants of them, and the guardian permissions that follow from grants.

Pages and the API show and change grants. Permission checks read guardian's rows instead. Each role has one group of
holders in each workspace, and that group holds the role's scopes there as object permissions. A team that was granted
the role holds the scopes by its own group. Changing a role therefore changes a few rows in each workspace, however many
people hold it.

`rbac` may not import `workspaces`, so foreign keys to the workspace name the model by a string.
"""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from guardian.models import GroupObjectPermissionBase

from accounts.models import Account
from core.db.ids import new_id
from rbac import builtin


class WorkspaceRoleQuerySet(models.QuerySet["WorkspaceRole"]):
    def usable_in(self, account: Account) -> "WorkspaceRoleQuerySet":
        """Return the built-in roles and the account's own."""
        return self.filter(Q(account=None) | Q(account=account))

    def in_order(self) -> "WorkspaceRoleQuerySet":
        """Order the built-in roles from the strongest, then the account's own by name."""
        own_name = Case(When(account=None, then=Value("")), default=Lower("name"), output_field=models.CharField())
        return self.order_by(F("account").asc(nulls_first=True), own_name, "id")


class WorkspaceRole(models.Model):
    """A named set of scopes: one of the five built-in roles, or an account's own, which may inherit a built-in role."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="workspace_roles"
    )
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=140, blank=True)
    # The role's own scopes and all that they include, but not those of the role that it inherits.
    scopes = models.JSONField(default=list)
    inherits = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="heirs")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = WorkspaceRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="workspace_role_name_in_account"),
            models.UniqueConstraint(fields=["name"], condition=Q(account=None), name="workspace_role_built_in_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_built_in(self) -> bool:
        return self.account_id is None

    @property
    def all_scopes(self) -> frozenset[str]:
        """Return the role's own scopes and the inherited ones."""
        if self.is_built_in:
            return builtin.SCOPES[self.name]
        inherited = builtin.SCOPES[self.inherits.name] if self.inherits else frozenset[str]()
        return inherited | frozenset(self.scopes)

    def holds_at_most(self, scopes: frozenset[str]) -> bool:
        """Return whether somebody with these scopes may grant and revoke this role."""
        return self.all_scopes <= scopes

    @cached_property
    def summary(self) -> str:
        """Return the description or, if it is empty, a sentence with the number of scopes."""
        if self.description:
            return self.description
        count = len(self.all_scopes)
        return f"A role of this organization with {count} permission{'' if count == 1 else 's'}."


class RoleHolders(models.Model):
    """The group of the users to whom a role was granted in a workspace. Teams have groups of their own."""

    group = models.OneToOneField(Group, primary_key=True, on_delete=models.CASCADE, related_name="holders")
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.ForeignKey(WorkspaceRole, on_delete=models.CASCADE, related_name="holders")

    class Meta:
        verbose_name_plural = "role holders"
        constraints = [models.UniqueConstraint(fields=["workspace", "role"], name="role_holders_once")]

    def __str__(self) -> str:
        return f"{self.role_id} in {self.workspace_id}"


class Grant(models.Model):
    """A role in a workspace that was granted to a person, to a service account or to the group of a team."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="grants", db_index=False
    )
    role = models.ForeignKey(WorkspaceRole, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="grant_once_a_user"),
            models.UniqueConstraint(fields=["workspace", "group"], name="grant_once_a_group"),
            models.CheckConstraint(
                name="grant_to_user_or_group",
                condition=Q(user__isnull=False, group__isnull=True) | Q(user__isnull=True, group__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_id} in {self.workspace_id} for {self.user_id or self.group_id}"


class WorkspaceGroupPermission(GroupObjectPermissionBase):
    """Guardian's row that says that a group holds a scope in a workspace."""

    content_object = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="group_permissions", db_index=False
    )

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
        indexes = [models.Index(fields=["content_object", "group"], name="workspace_group_permission")]

    def __str__(self) -> str:
        return f"{self.permission_id} in {self.content_object_id} for {self.group_id}"
