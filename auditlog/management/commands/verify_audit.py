"""Check that no entry of the audit log was changed, removed, inserted or moved."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from auditlog.chains import chain_new_entries, export_checkpoint
from auditlog.models import Checkpoint
from auditlog.signing import current_key
from auditlog.verification import chain_ids, verify_chain
from auditlog.verifier import SignedCheckpoint


class Command(BaseCommand):
    help = "Check the chains of the audit log (docs/audit-log.md). Exits with 1 if an entry is not as it was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=UUID, help="check the log of this account only")
        parser.add_argument(
            "--checkpoints", type=Path, help="also compare with checkpoints that were saved in this file"
        )
        parser.add_argument(
            "--save-checkpoints", type=Path, help="save the newest checkpoints to a file; keep it elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chain_new_entries()
        known = list(_saved(options["checkpoints"])) if options["checkpoints"] else []
        chains = [options["account"]] if options["account"] else sorted({*chain_ids(), *_chains_of(known)})
        if options["account"] and not set(chains) & {*chain_ids(), *_chains_of(known)}:
            raise CommandError(f"There is no audit log of an account {options['account']}.")
        damaged = 0
        for chain_id in chains:
            report = verify_chain(chain_id, known=[saved for saved in known if saved.account_id == str(chain_id)])
            if report.problem:
                damaged += 1
                self.stderr.write(f"{chain_id}: {report.problem}")
            elif options["verbosity"] > 1:
                self.stdout.write(f"{chain_id}: {report.entries} entries up to position {report.last}")
        if damaged:
            raise CommandError(f"{damaged} of {len(chains)} audit logs are not as they were written.")
        self.stdout.write(
            f"All {len(chains)} audit logs are as they were written. They are signed with {current_key()}."
        )
        if options["save_checkpoints"]:
            self._save(options["save_checkpoints"], chains)

    def _save(self, path: Path, chains: Iterable[UUID]) -> None:
        newest = (
            Checkpoint.objects.filter(account_id=chain_id).order_by("-position", "-id").first() for chain_id in chains
        )
        lines = [json.dumps(asdict(export_checkpoint(checkpoint))) for checkpoint in newest if checkpoint]
        path.write_text("\n".join(lines) + "\n")
        self.stdout.write(f"Saved {len(lines)} checkpoints to {path}.")


def _saved(path: Path) -> Iterable[SignedCheckpoint]:
    try:
        return [SignedCheckpoint(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"Cannot read checkpoints from {path}: {error}") from None


def _chains_of(known: Iterable[SignedCheckpoint]) -> set[UUID]:
    return {UUID(checkpoint.account_id) for checkpoint in known}
