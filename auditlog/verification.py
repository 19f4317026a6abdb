"""Check the chains in the database."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from auditlog.chains import NO_ACCOUNT, chained_entries, export_checkpoint
from auditlog.models import Chain, Checkpoint, Entry
from auditlog.signing import trusted_public_keys, verify
from auditlog.verifier import ChainCheck, Report, SignedCheckpoint

LATE = timedelta(minutes=10)  # after this time, an unchained entry is a problem: usually no worker is running


def chain_ids() -> Iterator[UUID]:
    """Return the ids of all chains: those of accounts, and `NO_ACCOUNT`."""
    ids = {NO_ACCOUNT}
    ids.update(Chain.objects.values_list("account_id", flat=True))
    ids.update(Checkpoint.objects.order_by().values_list("account_id", flat=True).distinct())
    entries = Entry.objects.filter(account_id__isnull=False).order_by().values_list("account_id", flat=True).distinct()
    ids.update(account_id for account_id in entries if account_id)
    yield from sorted(ids)


def verify_chain(chain_id: UUID, *, known: Iterable[SignedCheckpoint] = ()) -> Report:
    """Check a chain from its oldest entry to its end. `known` are checkpoints that were saved outside the database."""
    with transaction.atomic():  # no batch is chained meanwhile; later ones are not checked
        end = Chain.objects.select_for_update().filter(account_id=chain_id).first()
        checkpoints = [export_checkpoint(row) for row in Checkpoint.objects.filter(account_id=chain_id)]
    pruned = max((checkpoint.position for checkpoint in checkpoints if checkpoint.pruned), default=0)
    checkpoints += [checkpoint for checkpoint in known if checkpoint.position > pruned]
    until = max([end.position if end else 0, *(checkpoint.position for checkpoint in checkpoints)])
    account_id = None if chain_id == NO_ACCOUNT else chain_id
    check = ChainCheck(str(chain_id), checkpoints, trusted_public_keys(), verify)
    report = check.run(chained_entries(account_id, until=until))
    if not report.problem:
        report.problem = _end_problem(end, report) or _beyond_problem(chain_id, until) or _late_problem(account_id)
    return report


def _end_problem(end: Chain | None, report: Report) -> str:
    position, digest = (end.position, bytes(end.hash)) if end else (0, report.hash)
    if (position, digest) == (report.last, report.hash):
        return ""
    return f"The chain ends at position {report.last}, but position {position} is noted as its end."


def _beyond_problem(chain_id: UUID, until: int) -> str:
    """Describe an entry after the end of the chain, unless the chain has grown meanwhile."""
    account_id = None if chain_id == NO_ACCOUNT else chain_id
    beyond = Entry.objects.filter(account_id=account_id, position__gt=until).order_by("position").first()
    if beyond is None or Chain.objects.filter(account_id=chain_id, position__gt=until).exists():
        return ""
    return f"The entry at position {beyond.position} ({beyond.id}) was inserted."


def _late_problem(account_id: UUID | None) -> str:
    late = Entry.objects.filter(account_id=account_id, position=None, occurred__lt=timezone.now() - LATE).count()
    return f"{late} entries are older than ten minutes and not chained: is a worker running?" if late else ""
