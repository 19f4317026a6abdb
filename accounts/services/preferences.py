"""Change the preferences of a person for how pages look."""

from django.db import transaction

from accounts.models import User
from auditlog.actors import Actor
from auditlog.services import record
from core.errors import Invalid
from core.pages.time_zones import find_time_zone


@transaction.atomic
def update_preferences(
    user: User, *, actor: Actor, time_zone: str | None = None, shows_utc: bool | None = None
) -> None:
    """Change the preferences that are not None.

    An empty `time_zone` means the browser's. Raises `Invalid` for an unknown time zone.
    """
    if time_zone and find_time_zone(time_zone) is None:
        raise Invalid("There is no time zone with this name.")
    wanted: dict[str, object] = {"time_zone": time_zone, "shows_utc": shows_utc}
    changes: dict[str, object] = {}
    for field, value in wanted.items():
        if value is not None and value != getattr(user, field):
            changes[field] = {"from": getattr(user, field), "to": value}
            setattr(user, field, value)
    if not changes:
        return
    user.save(update_fields=[*changes, "updated"])
    record(
        "user.updated",
        actor=actor,
        account_id=user.personal_account_id,
        object_id=user.id,
        object_name=user.email,
        changes=changes,
    )
