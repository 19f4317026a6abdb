"""Access lists of single objects (cloud-api.md 4.7): who may view, run or manage this one, if their role lets them.

Any model can take one: it mixes in `Listed`, names LEVELS among its permissions, and has guardian's two tables beside
it, `UserObjectPermissionBase` and `GroupObjectPermissionBase` with a `content_object` key. An object without a list is
open to every role; with one, only who is named, for a level or a higher one, has the level. A list may leave a level to
everyone.

Who is named must stay named, or a list would open when its last name goes: `restricted` says that there is one.
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
_HIGHER = {VIEW: (VIEW, RUN, MANAGE), RUN: (RUN, MANAGE), MANAGE: (MANAGE,)}
EVERYONE = "*"  # the name of the group that stands for every role


class Listed(models.Model):
    """An object that can have an access list."""

    restricted = models.BooleanField("has an access list", default=False, editable=False)

    class Meta:
        abstract = True


Model = TypeVar("Model", bound=Listed)


@dataclass(frozen=True, slots=True)
class Named:
    """Who has a level: everyone, these actors (ids of users), these teams (ids of groups)."""

    everyone: bool = False
    users: frozenset[UUID] = field(default_factory=frozenset)
    groups: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return self.everyone or bool(self.users or self.groups)


AccessList = Mapping[str, Named]
OPEN: AccessList = {level: Named(everyone=True) for level, _ in LEVELS}


def read(one: Listed) -> AccessList:
    """The object's list by level; OPEN when it has none."""
    if not one.restricted:
        return OPEN
    by_user, by_group = _tables(type(one))
    users = by_user.objects.filter(content_object=one).values_list("permission__codename", "user")
    groups = list(
        by_group.objects.filter(content_object=one).values_list("permission__codename", "group", "group__name")
    )
    return {
        level: Named(
            everyone=any(codename == level and name == EVERYONE for codename, _, name in groups),
            users=frozenset(user for codename, user in users if codename == level),
            groups=frozenset(group for codename, group, name in groups if codename == level and name != EVERYONE),
        )
        for level, _ in LEVELS
    }


def write(one: Listed, wanted: AccessList) -> None:
    """Replace the list, inside the caller's transaction. All empty, or everyone at every level, means no list."""
    by_user, by_group = _tables(type(one))
    by_user.objects.filter(content_object=one).delete()
    by_group.objects.filter(content_object=one).delete()
    given = {level: wanted.get(level, Named()) for level, _ in LEVELS}
    one.restricted = any(given.values()) and not all(named.everyone for named in given.values())
    one.save(update_fields=["restricted"])
    if not one.restricted:
        return
    permissions = _permissions(type(one))
    by_user.objects.bulk_create(
        by_user(content_object=one, user_id=user, permission_id=permissions[level])
        for level, named in given.items()
        for user in named.users
    )
    star = Group.objects.get_or_create(name=EVERYONE)[0].id
    by_group.objects.bulk_create(
        by_group(content_object=one, group_id=group, permission_id=permissions[level])
        for level, named in given.items()
        for group in named.groups | ({star} if named.everyone else set())
    )


def permitted(
    rows: "models.QuerySet[Model]", user: UUID, level: str, *, governed_by: str = ""
) -> "models.QuerySet[Model]":
    """Of these rows, those whose lists give `user` the level.

    `governed_by` is the field of what governs them, as a work pool governs its deployments: where that has a list, it
    counts in place of their own.
    """
    own = Q(restricted=False) | _named(rows.model, user, level, "pk")
    if not governed_by:
        return rows.filter(own)
    above: Any = rows.model._meta.get_field(governed_by).related_model
    governed = Q(**{f"{governed_by}__restricted": True})
    return rows.filter((governed & _named(above, user, level, governed_by)) | (~governed & own))


def levels_of(
    rows: "models.QuerySet[Model]", user: UUID, levels: Iterable[str], *, governed_by: str = ""
) -> dict[Any, list[str]]:
    """By the key of each row, the levels of these that the lists give `user`: one query a level."""
    found: dict[Any, list[str]] = {key: [] for key in rows.values_list("pk", flat=True)}
    for level in levels:
        for key in permitted(rows, user, level, governed_by=governed_by).values_list("pk", flat=True):
            found.setdefault(key, []).append(level)
    return found


def forget(model: type[models.Model], **where: Any) -> None:
    """Remove the lists of the objects that fit, which are about to go without Django's cascade."""
    for table in _tables(model):
        table.objects.filter(**{f"content_object__{name}": value for name, value in where.items()}).delete()


def _named(model: Any, user: UUID, level: str, key: str) -> Q:
    """Whether a list names the user, a team of theirs, or everyone. One list is asked, whose object is `key`."""
    by_user, by_group = _tables(model)
    of_level = {"content_object": OuterRef(key), "permission__codename__in": _HIGHER[level]}
    as_member = Q(group__in=groups_of(user)) | Q(group__name=EVERYONE)
    return Q(Exists(by_user.objects.filter(user=user, **of_level))) | Q(
        Exists(by_group.objects.filter(as_member, **of_level))
    )


def _tables(model: Any) -> tuple[Any, Any]:
    return get_user_obj_perms_model(model), get_group_obj_perms_model(model)


def _permissions(model: type[models.Model]) -> dict[str, int]:
    found = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(model), codename__in=[level for level, _ in LEVELS]
    )
    return dict(found.values_list("codename", "id"))
