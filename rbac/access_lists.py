"""Access lists of single objects: which users and teams may view, run or manage an object, if their role allows it.

See docs/contract/roles.md, "Access lists of objects".

To give a model access lists, inherit `AccessControlled`, add LEVELS to its permissions, and define guardian's two
permission tables for it: subclasses of `UserObjectPermissionBase` and `GroupObjectPermissionBase` with a
`content_object` key. An object without a list is open to every role. With a list, a user has a level only if they, one
of their teams or everyone is named for that level or a higher one.

The field `restricted` says whether an object has a list. An object whose list lost its last name stays closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from rbac.effective import groups_of

VIEW, RUN, MANAGE = "view", "run", "manage"
LEVELS = ((VIEW, "May view this one"), (RUN, "May run this one"), (MANAGE, "May manage this one"))
_GRANTED_BY = {VIEW: (VIEW, RUN, MANAGE), RUN: (RUN, MANAGE), MANAGE: (MANAGE,)}  # a higher level grants the lower ones
EVERYONE = "*"  # the name of the group that represents everybody, with any role


class AccessControlled(models.Model):
    """An object that can have an access list."""

    restricted = models.BooleanField("has an access list", default=False, editable=False)

    class Meta:
        abstract = True


Model = TypeVar("Model", bound=AccessControlled)


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """The names on a list for one level: everyone, users and service accounts by id, and teams by their group's id."""

    everyone: bool = False
    users: frozenset[UUID] = field(default_factory=frozenset)
    groups: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return self.everyone or bool(self.users or self.groups)


AccessList = Mapping[str, AccessEntry]
OPEN: AccessList = {level: AccessEntry(everyone=True) for level, _ in LEVELS}


def read_list(obj: AccessControlled) -> AccessList:
    """Return the entry for each level of the object's list, or OPEN if it has no list."""
    if not obj.restricted:
        return OPEN
    by_user, by_group = permission_tables(type(obj))
    users = by_user.objects.filter(content_object=obj).values_list("permission__codename", "user")
    groups = list(
        by_group.objects.filter(content_object=obj).values_list("permission__codename", "group", "group__name")
    )
    return {
        level: AccessEntry(
            everyone=any(codename == level and name == EVERYONE for codename, _, name in groups),
            users=frozenset(user for codename, user in users if codename == level),
            groups=frozenset(group for codename, group, name in groups if codename == level and name != EVERYONE),
        )
        for level, _ in LEVELS
    }


def replace_list(obj: AccessControlled, wanted: AccessList) -> None:
    """Replace the object's list. Call it inside a transaction.

    If all levels are empty, or everyone has every level, the object has no list afterwards.
    """
    by_user, by_group = permission_tables(type(obj))
    by_user.objects.filter(content_object=obj).delete()
    by_group.objects.filter(content_object=obj).delete()
    entries = {level: wanted.get(level, AccessEntry()) for level, _ in LEVELS}
    obj.restricted = any(entries.values()) and not all(entry.everyone for entry in entries.values())
    obj.save(update_fields=["restricted"])
    if not obj.restricted:
        return
    permission_ids = level_permission_ids(type(obj))
    by_user.objects.bulk_create(
        by_user(content_object=obj, user_id=user, permission_id=permission_ids[level])
        for level, entry in entries.items()
        for user in entry.users
    )
    everyone = Group.objects.get_or_create(name=EVERYONE)[0].id
    by_group.objects.bulk_create(
        by_group(content_object=obj, group_id=group, permission_id=permission_ids[level])
        for level, entry in entries.items()
        for group in entry.groups | ({everyone} if entry.everyone else set())
    )


def permitted_rows(
    rows: "models.QuerySet[Model]", user: UUID, level: str, *, governed_by: str = ""
) -> "models.QuerySet[Model]":
    """Return those of the rows on which their lists give `user` the level.

    `governed_by` names a foreign key, or a path of them, to an object that governs the rows, as a work pool governs
    its deployments. If that object has a list, its list is used instead of the row's own.
    """
    own = Q(restricted=False) | _names_user(rows.model, user, level, "pk")
    if not governed_by:
        return rows.filter(own)
    governing_model: Any = rows.model
    for step in governed_by.split("__"):
        governing_model = governing_model._meta.get_field(step).related_model
    governed = Q(**{f"{governed_by}__restricted": True})
    # Not `~governed`, which is null in the database for a row that nothing governs.
    on_its_own = Q(**{f"{governed_by}__isnull": True}) | Q(**{f"{governed_by}__restricted": False})
    return rows.filter((governed & _names_user(governing_model, user, level, governed_by)) | (on_its_own & own))


def permitted_levels(
    rows: "models.QuerySet[Model]", user: UUID, levels: Iterable[str], *, governed_by: str = ""
) -> dict[Any, list[str]]:
    """Return, by primary key, those of the levels that `user` has on each row. Runs one query for each level."""
    permitted: dict[Any, list[str]] = {key: [] for key in rows.values_list("pk", flat=True)}
    for level in levels:
        for key in permitted_rows(rows, user, level, governed_by=governed_by).values_list("pk", flat=True):
            permitted.setdefault(key, []).append(level)
    return permitted


def delete_access_lists(model: type[models.Model], **where: Any) -> None:
    """Delete the lists of the objects that match `where`. Call it before deleting objects without Django's cascade."""
    for table in permission_tables(model):
        table.objects.filter(**{f"content_object__{name}": value for name, value in where.items()}).delete()


def _names_user(model: Any, user: UUID, level: str, object_key: str) -> Q:
    """Return the condition that the list of the object with this key names the user, their team, or everyone."""
    by_user, by_group = permission_tables(model)
    of_level = {"content_object": OuterRef(object_key), "permission__codename__in": _GRANTED_BY[level]}
    as_member = Q(group__in=groups_of(user)) | Q(group__name=EVERYONE)
    return Q(Exists(by_user.objects.filter(user=user, **of_level))) | Q(
        Exists(by_group.objects.filter(as_member, **of_level))
    )


def permission_tables(model: Any) -> tuple[Any, Any]:
    return get_user_obj_perms_model(model), get_group_obj_perms_model(model)


def level_permission_ids(model: type[models.Model]) -> dict[str, int]:
    permissions = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(model), codename__in=[level for level, _ in LEVELS]
    )
    return dict(permissions.values_list("codename", "id"))
