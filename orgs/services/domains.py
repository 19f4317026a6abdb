"""The mail domains of an account's people, in the order that its admins gave."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from orgs.models import Domain
from orgs.services.audit import record_for

MOST_DOMAINS = 100
_check_name = DomainNameValidator()


@transaction.atomic
def set_domains(account: Account, names: Sequence[str], *, actor: Actor) -> None:
    """Replace the list; those who stay keep their id. Names are kept as they are written, for who compares them.

    Raises ValidationError for what is no domain, one given twice, and more than a hundred.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    if len(names) > MOST_DOMAINS:
        raise ValidationError(f"An account has at most {MOST_DOMAINS} domains.")
    for name in names:
        _check_name(name)
    if len({name.lower() for name in names}) < len(names):
        raise ValidationError("A domain stands in the list twice.")
    known = {one.name: one for one in domains_of(row)}
    before = list(known)
    if before == list(names):
        return
    Domain.objects.filter(account=row).exclude(name__in=names).delete()
    for place, name in enumerate(names):
        one = known.get(name) or Domain(account=row, name=name)
        one.place = place
        one.save()
    record_for(
        row,
        "account-domains.updated",
        actor=actor,
        object_id=row.id,
        object_name=row.handle,
        changes={"domain_names": {"from": before, "to": list(names)}},
    )


def domains_of(account: Account) -> list[Domain]:
    """In their order."""
    return list(Domain.objects.filter(account=account).order_by("place", "id"))
