"""Check that the access with which a request began has not been ended meanwhile."""

from accounts.models import User
from auditlog.actors import Actor
from core.errors import Forbidden


def check_access_stands(actor: Actor) -> None:
    """Raise `Forbidden` if the actor's access was ended, or the actor deleted, after the request was authenticated.

    Lock the actor's row until the transaction ends, as ending access does. A key that is created at the same time is
    then either revoked there or refused here.
    """
    if actor.id is None:
        return
    row = User.actors.select_for_update(no_key=True).filter(id=actor.id).values_list("access_ended_at").first()
    if row is None or row[0] != actor.access_ended_at:
        raise Forbidden("The sessions and keys of this account were ended a moment ago. Sign in again.")
