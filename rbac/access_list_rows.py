"""The access lists of all objects of one kind in a workspace, as plain values: to clean them up and to restore them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group

from accounts.models import User
from rbac.access_lists import EVERYONE, level_permission_ids, permission_tables

Lists = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NameOnList:
    """A user, a team's group or the group of everyone, on the list of an object for one level."""

    object_id: UUID
    level: str
    user_id: UUID | None
    group_id: int | None


def names_on_lists(model: Any, workspace_id: UUID) -> list[NameOnList]:
    """Return all names on the lists of the workspace's objects, without the group of everyone."""
    by_user, by_group = permission_tables(model)
    users = by_user.objects.filter(content_object__workspace=workspace_id)
    groups = by_group.objects.filter(content_object__workspace=workspace_id).exclude(group__name=EVERYONE)
    fields = ("content_object", "permission__codename")
    return [
        *(NameOnList(key, level, user, None) for key, level, user in users.values_list(*fields, "user")),
        *(NameOnList(key, level, None, group) for key, level, group in groups.values_list(*fields, "group")),
    ]


def remove_names(model: Any, workspace_id: UUID, *, keep: Collection[UUID]) -> None:
    """Remove all teams, and all users and service accounts but those of `keep`, from the workspace's lists.

    An object whose list lost its last name stays closed.
    """
    by_user, by_group = permission_tables(model)
    by_user.objects.filter(content_object__workspace=workspace_id).exclude(user__in=keep).delete()
    by_group.objects.filter(content_object__workspace=workspace_id).exclude(group__name=EVERYONE).delete()


def dump_lists(model: Any, workspace_id: UUID) -> Lists:
    """Return the lists of the workspace's objects as JSON, for `restore_lists`."""
    by_user, by_group = permission_tables(model)
    restricted = model.objects.filter(workspace=workspace_id, restricted=True).values_list("id", flat=True)
    fields = ("content_object", "permission__codename")
    users = by_user.objects.filter(content_object__workspace=workspace_id).values_list(*fields, "user")
    groups = by_group.objects.filter(content_object__workspace=workspace_id).values_list(*fields, "group")
    return {
        "restricted": [str(key) for key in restricted],
        "users": [[str(key), level, str(user)] for key, level, user in users],
        "groups": [[str(key), level, group] for key, level, group in groups],
    }


def restore_lists(model: Any, workspace_id: UUID, lists: Lists, *, created_until: datetime) -> None:
    """Replace the lists of the objects that existed at this time. Names of deleted users and teams are left out."""
    by_user, by_group = permission_tables(model)
    objects = model.objects.filter(workspace=workspace_id, created__lte=created_until)
    existing = {str(key) for key in objects.values_list("id", flat=True)}
    by_user.objects.filter(content_object__in=objects.values("id")).delete()
    by_group.objects.filter(content_object__in=objects.values("id")).delete()
    objects.filter(restricted=True).update(restricted=False)
    objects.filter(id__in=lists["restricted"]).update(restricted=True)
    levels = level_permission_ids(model)
    users = set(User.actors.filter(id__in={user for _, _, user in lists["users"]}).values_list("id", flat=True))
    groups = set(Group.objects.filter(id__in={group for _, _, group in lists["groups"]}).values_list("id", flat=True))
    by_user.objects.bulk_create(
        by_user(content_object_id=UUID(key), user_id=UUID(user), permission_id=levels[level])
        for key, level, user in lists["users"]
        if key in existing and UUID(user) in users
    )
    by_group.objects.bulk_create(
        by_group(content_object_id=UUID(key), group_id=group, permission_id=levels[level])
        for key, level, group in lists["groups"]
        if key in existing and group in groups
    )
