"""Who created or changed an object, as clients display it."""

from auditlog.actors import Actor


def created_by(actor: Actor) -> dict[str, str | None]:
    """Return the value of the fields `created_by` and `updated_by` for an actor."""
    return {"id": None if actor.id is None else str(actor.id), "type": actor.kind.upper(), "display_value": actor.name}
