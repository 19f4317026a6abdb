"""Password reset links that an operator sends."""

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.reset_form import ResetForm
from auditlog.actors import Actor
from auditlog.services import record
from core.errors import Conflict


@transaction.atomic
def mail_reset_link(request: HttpRequest, person: User, *, actor: Actor) -> None:
    """Mail the person a link to choose a new password, as the "Forgot password" page does.

    Raises `Conflict` if they are suspended.
    """
    if not person.is_active:
        raise Conflict("A suspended person gets no link.")
    form = ResetForm({"email": person.email})
    form.full_clean()
    form.save(request)
    record(
        "user.reset-link-sent",
        actor=actor,
        account_id=person.personal_account_id,
        object_id=person.id,
        object_name=person.email,
    )
