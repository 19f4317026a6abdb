"""The email domains of an account, in the order in which its admins listed them."""

from collections.abc import Sequence

from django.core.validators import DomainNameValidator
from django.db import transaction

from accounts.models import Account
from auditlog.actors import Actor
from core.errors import Invalid
from orgs.models import Domain
from orgs.services.audit import record_for

MOST_DOMAINS = 100
_check_name = DomainNameValidator()


@transaction.atomic
def set_domains(account: Account, names: Sequence[str], *, actor: Actor) -> None:
    """Replace the list. Domains that were in it keep their id. Names keep their case, because clients compare them.

    Raises `Invalid` if there are more than 100 names or a name is listed twice, and `ValidationError` if a name is not
    a valid domain.
    """
    row = Account.objects.select_for_update(no_key=True).get(id=account.id)
    if len(names) > MOST_DOMAINS:
        raise Invalid(f"An account has at most {MOST_DOMAINS} domains.")
    for name in names:
        _check_name(name)
    if len({name.lower() for name in names}) < len(names):
        raise Invalid("A domain is in the list twice.")
    existing = {domain.name: domain for domain in domains_of(row)}
    before = list(existing)
    if before == list(names):
        return
    Domain.objects.filter(account=row).exclude(name__in=names).delete()
    for place, name in enumerate(names):
        domain = existing.get(name) or Domain(account=row, name=name)
        domain.place = place
        domain.save()
    record_for(
        row,
        "account-domains.updated",
        actor=actor,
        object_id=row.id,
        object_name=row.handle,
        changes={"domain_names": {"from": before, "to": list(names)}},
    )


def domains_of(account: Account) -> list[Domain]:
    """Return the account's domains in order."""
    return list(Domain.objects.filter(account=account).order_by("place", "id"))
