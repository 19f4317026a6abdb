from typing import ClassVar

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from rbac.access_lists import LEVELS, AccessControlled
from workspaces.models import WorkspaceOwned


class Pool(AccessControlled, WorkspaceOwned):
    name = models.CharField(max_length=50)

    objects: ClassVar[models.Manager["Pool"]] = models.Manager()

    class Meta:
        permissions = LEVELS

    def __str__(self) -> str:
        return self.name


class PoolUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Pool, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class PoolGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Pool, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False


class Deployed(AccessControlled, WorkspaceOwned):
    name = models.CharField(max_length=50)
    pool = models.ForeignKey(Pool, null=True, on_delete=models.SET_NULL)

    objects: ClassVar[models.Manager["Deployed"]] = models.Manager()

    class Meta:
        permissions = LEVELS

    def __str__(self) -> str:
        return self.name


class DeployedUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Deployed, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class DeployedGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Deployed, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
