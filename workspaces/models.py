"""The workspace: the tenant of everything below it."""

from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, Subquery, Value, When

from accounts.models import Account, User
from accounts.models.accounts import HANDLE_LENGTH, handle_is_well_formed
from auditlog.ids import new_id
from rbac.catalogue import SCOPES
from rbac.effective import ALL_SCOPES, permissions_held, scopes_held
from rbac.models import Grant
from rbac.permissions import IMPLICIT_WORKSPACE_OWNERS


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def open_to(self, user: User) -> Self:
        """The workspaces that `user` may enter: as their account's owner or admin, or by a role that was granted."""
        rows, implicit = self._with_member(user.id, user.id)
        granted = Q(mine__isnull=False) & Exists(permissions_held(user.id, OuterRef("pk")))
        return rows.filter(implicit | granted)

    def with_scopes_of(self, person: Any, member: Any, holder: Any) -> Self:
        """Adds `held`: the scopes that a user holds in each workspace, with commas; ALL_SCOPES; null for a stranger.

        Takes the user's id, or a query of it, three times, so that the query can be prepared.
        """
        rows, implicit = self._with_member(person, member)
        return rows.annotate(held=_held(implicit, holder))

    def with_my_scopes(self, user: User) -> Self:
        """The same for what is `open_to` a user."""
        return self.annotate(held=_held(_implicit(user.id), user.id))

    def with_default_role(self) -> Self:
        """Adds `default_role`: the id of the role of everyone in the organization, or null."""
        of_everyone = Grant.objects.filter(workspace=OuterRef("pk"), group__team__everyone=True)
        return self.annotate(default_role=Subquery(of_everyone.values("role")[:1], output_field=models.UUIDField()))

    def _with_member(self, person: Any, member: Any) -> tuple[Self, Q]:
        """The workspaces with the user's active membership in their account as `mine`, and who owns all of them.

        Nobody enters without such a membership, whatever was granted once: one that ends takes all access along.
        """
        active = Q(account__memberships__user=member, account__memberships__active=True)
        rows = self.annotate(mine=FilteredRelation("account__memberships", condition=active))
        return rows, _implicit(person)


def _implicit(person: Any) -> Q:
    return Q(account__user=person) | Q(mine__role__in=IMPLICIT_WORKSPACE_OWNERS)


def _held(implicit: Q, holder: Any) -> Case:
    granted = When(mine__isnull=False, then=Subquery(scopes_held(holder, OuterRef("pk"))))
    return Case(When(implicit, then=Value(ALL_SCOPES)), granted, output_field=models.TextField())


class Workspace(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=500)
    handle = models.CharField(max_length=HANDLE_LENGTH, validators=[handle_is_well_formed])
    description = models.TextField(max_length=5000, blank=True)
    # Where results go whose flows do not say: the account's choice, or a block of the workspace.
    inherit_default_result_storage = models.BooleanField(default=True)
    default_result_storage_block_id = models.UUIDField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "handle"], name="workspace_handle_in_account")]
        # The scopes, as Django's permissions: what guardian's rows point at.
        permissions = [(scope["name"], scope["title"]) for scope in SCOPES]

    def __str__(self) -> str:
        return self.full_handle

    @property
    def full_handle(self) -> str:
        """`account/workspace`, as the command line shows and takes it."""
        return f"{self.account.handle}/{self.handle}"


class Owned(models.Model):
    """A row of a workspace. The tenant is in the row, never found through a join."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False)

    class Meta:
        abstract = True
