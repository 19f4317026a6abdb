"""Change the email address of a person once they have confirmed the new one."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import is_confirmed
from accounts.services.mail_text import printable_address
from accounts.services.sessions import Browser
from auditlog.services import record
from core.db.unique import refuse_taken
from orgs.services.locks import lock_person
from orgs.services.recovery import EndedAccess, end_access, mail_ended_access

TAKEN = "This address belongs to another account."


@transaction.atomic
def change_address(user: User, new: EmailAddress, *, browser: Browser, proven: bool = True) -> EndedAccess | None:
    """Make the new address the person's own. They opened the mailed link while signed in.

    If the old address was never confirmed, this is the first proof of who owns the account, and it ends the same access
    as `prove_address`. The old address is notified. If the server cannot send mail, there is no link: `proven` is then
    False, and the new address stays unconfirmed. Returns None if the link no longer works, or if the person was
    deleted. Raises `Taken` if the address now belongs to somebody else.
    """
    person = lock_person(user)
    rows = EmailAddress.objects.filter(user=user)
    if person is None or not rows.filter(id=new.id, verified=False).exclude(email__iexact=person.email).exists():
        return None
    old, was_confirmed = person.email, is_confirmed(person)
    rows.exclude(id=new.id).delete()
    person.email = new.email.lower()
    with refuse_taken(TAKEN):
        person.save(update_fields=["email", "updated"])
        rows.filter(id=new.id).update(primary=True, verified=proven)
    record(
        "user.email-changed",
        actor=person.as_actor(),
        account_id=person.personal_account_id,
        object_id=person.id,
        object_name=person.email,
        changes={"email": {"from": old, "to": person.email}},
    )
    shown = (printable_address(person.email) or "another address") if was_confirmed else ""
    queue_account_mail("address_changed", old, confirmed=was_confirmed, new_email=shown)
    if was_confirmed or not proven or browser.signed_up:
        return EndedAccess()
    ended = end_access(person, actor=person.as_actor(), first_proof=True, keep=browser.session_key)
    if ended:
        mail_ended_access(person, ended)
    return ended
