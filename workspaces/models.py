"""The workspace, and the base of the models that belong to one."""

from typing import Any, ClassVar, Self, cast

from django.db import models
from django.db.models import OuterRef, Subquery

from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from core.db.ids import new_id
from rbac.catalogue import SCOPES
from rbac.models import Grant
from workspaces import entry_rules


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def open_to(self, user: User) -> Self:
        """Return the workspaces that a user may enter, by their account role or by a granted workspace role."""
        return self._with_membership(user.id).filter(entry_rules.may_enter(user.id))

    def with_scopes_of(self, person: Any, member: Any, holder: Any) -> Self:
        """Annotate `held`: the scopes that a user holds in each workspace, for `read_scopes`. Null if they hold none.

        All arguments are the user's id, or a query for it. It is passed three times because a prepared statement
        needs a parameter for each place where the id is used.
        """
        return self._with_membership(member).annotate(held=entry_rules.held_scopes(person, holder))

    def with_my_scopes(self, user: User) -> Self:
        """Annotate `held`, as `with_scopes_of` does. Call it after `open_to` with the same user."""
        return self.annotate(held=entry_rules.held_scopes(user.id, user.id))

    def with_default_role(self) -> Self:
        """Annotate `default_role`: the id of the role granted to everyone in the organization, or null."""
        of_everyone = Grant.objects.filter(workspace=OuterRef("pk"), group__team__everyone=True)
        return self.annotate(default_role=Subquery(of_everyone.values("role")[:1], output_field=models.UUIDField()))

    def _with_membership(self, member: Any) -> Self:
        return self.filter(entry_rules.NOT_TRASHED).annotate(membership=entry_rules.active_membership(member))


_Manager = models.Manager.from_queryset(WorkspaceQuerySet)


class WorkspaceManager(_Manager["Workspace"]):
    """Return the workspaces that are not in the trash, so that nobody reaches those that are."""

    def get_queryset(self) -> WorkspaceQuerySet:
        return cast(WorkspaceQuerySet, super().get_queryset().filter(trashed_at=None))


class Workspace(models.Model):
    """The tenant: flows, runs and everything else that Prefect tracks belong to exactly one workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=500)
    handle = models.CharField(max_length=HANDLE_LENGTH, validators=[handle_is_well_formed])
    description = models.TextField(max_length=5000, blank=True)
    # Where results are stored if the flow does not say: as the account decides, or in a block of the workspace.
    inherit_default_result_storage = models.BooleanField(default=True)
    default_result_storage_block_id = models.UUIDField(null=True, blank=True)
    # When it was deleted, or its account. Until it is removed it can be restored (docs/retention.md).
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[WorkspaceManager] = WorkspaceManager()
    with_trashed = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            # The handle of a workspace in the trash is free.
            models.UniqueConstraint(
                fields=["account", "handle"],
                condition=models.Q(trashed_at=None),
                name="workspace_handle_in_account",
            )
        ]
        # For the few that are in the trash, which background services leave out.
        indexes = [
            models.Index(fields=["id"], condition=models.Q(trashed_at__isnull=False), name="workspace_trashed"),
        ]
        # The scopes, as permissions of Django, which guardian's rows refer to.
        permissions = [(scope["name"], scope["title"]) for scope in SCOPES]

    def __str__(self) -> str:
        return self.full_handle

    @property
    def full_handle(self) -> str:
        """Return `account/workspace`, as the command line of Prefect shows and accepts it."""
        return f"{self.account.handle}/{self.handle}"


def trashed_workspaces() -> models.QuerySet[Workspace, Any]:
    """Return the ids of the workspaces in the trash, which services that look at all workspaces exclude."""
    return Workspace.with_trashed.filter(trashed_at__isnull=False).values("id")


class FormerAddress(models.Model):
    """An account and handle that a workspace had. Pages and, for a while, the API lead from there to the workspace.

    It is looked up before the workspace is entered, so no policy of the database protects it.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="former_addresses", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    handle = models.CharField(max_length=HANDLE_LENGTH)
    # Until when API requests and websockets with the account's id in their address are served. Null: they are not.
    served_until = models.DateTimeField(null=True, blank=True)
    # Until when no other workspace of the account can take the handle, so that a transfer can be undone.
    reserved_until = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "former addresses"
        constraints = [models.UniqueConstraint(fields=["workspace", "account", "handle"], name="former_address_once")]
        indexes = [models.Index(fields=["account", "handle"], name="former_address_handle")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.handle}"


class WorkspaceOwned(models.Model):
    """The base of models whose rows belong to a workspace. Each row has the workspace itself, without a join."""

    # The plural noun on the page that deletes a workspace. If it is empty, the page does not count these rows.
    counted_as: ClassVar[str] = ""
    tenant_column: ClassVar[str] = "workspace_id"  # core.db.policies

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False)

    class Meta:
        abstract = True
