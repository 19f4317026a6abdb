"""How fast invitations are mailed: nobody uses the installation to flood mailboxes.

Every sending leaves an audit entry, whatever becomes of the invitation; those of the last hour are counted.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import Account
from auditlog.actors import Actor
from auditlog.models import Entry
from orgs.models import Invitation

AGAIN_AFTER = timedelta(minutes=1)
WINDOW = timedelta(hours=1)
MOST_OF_AN_ACCOUNT = 500
MOST_OF_A_PERSON = 500
MOST_TO_AN_ADDRESS = 20

_NOUNS = ("account-invitation", "workspace-invitation")
_SENT = Q(action__in=[f"{noun}.created" for noun in _NOUNS]) | Q(
    action__in=[f"{noun}.updated" for noun in _NOUNS], detail__sent_again=True
)


def check_again(row: Invitation) -> None:
    """Raise ValidationError when the address was mailed this invitation less than a minute ago."""
    if row.sent_at > timezone.now() - AGAIN_AFTER:
        raise ValidationError(f"{row.email} was sent a link a moment ago. Wait a minute.", code="conflict")


def check_pace(account: Account, emails: Collection[str], actor: Actor) -> None:
    """Raise ValidationError when one more to each of these is too much: of the account, of the actor, to the address.

    The latter two count across accounts.
    """
    sent = _sent()
    if sent.filter(account_id=account.id).count() + len(emails) > MOST_OF_AN_ACCOUNT:
        raise _refused(f"An account sends at most {MOST_OF_AN_ACCOUNT} invitations an hour.")
    if actor.id is not None and sent.filter(actor_id=actor.id).count() + len(emails) > MOST_OF_A_PERSON:
        raise _refused(f"One person sends at most {MOST_OF_A_PERSON} invitations an hour.")
    got = sent.filter(object_name__in=emails).order_by().values_list("object_name").annotate(Count("id"))
    for email, count in got:
        if count >= MOST_TO_AN_ADDRESS:
            raise _refused(f"{email} was sent {MOST_TO_AN_ADDRESS} invitations within an hour. Try again later.")


def _sent() -> QuerySet[Entry]:
    """Their ids begin with the time, so that the hour is found by the primary key."""
    since = int((timezone.now() - WINDOW).timestamp() * 1000)
    return Entry.objects.filter(_SENT, id__gte=UUID(int=since << 80))


def _refused(words: str) -> ValidationError:
    return ValidationError(words, code="conflict")
