"""`manage.py prove_isolation`: prove that no tenant reaches another's data."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import connection

from config.isolation import report as reports
from config.isolation.run import run
from config.isolation.temporary import run_apart


class Command(BaseCommand):
    help = (
        "Make two accounts in a temporary database, and try every operation, page and websocket with every role of one "
        "account against every id of the other. Fails if anything of the other account was seen or changed. On "
        "PostgreSQL it also switches off the filters of the code one by one. The installation's data is not touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--roles", default="", help='only these, with commas, such as "account Owner"')
        parser.add_argument("--quick", action="store_true", help="a sixth of the operations and pages, as two roles")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the signed report to this file")
        parser.add_argument("--verify", type=Path, metavar="FILE", help="only check the signature of a report")
        parser.add_argument("--database", default="", metavar="URL", help="an empty PostgreSQL database to use")
        parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        roles = [role.strip() for role in options["roles"].split(",") if role.strip()]
        if options["verify"]:
            self._verify(options["verify"])
        elif options["inside"]:
            _run_inside(options["inside"], roles, quick=options["quick"])
        else:
            arguments = [f"--roles={options['roles']}"] * bool(roles) + ["--quick"] * options["quick"]
            report = run_apart(arguments, database_url=options["database"])
            self.stdout.write(reports.text(report))
            reports.keep(report)
            if options["report"]:
                options["report"].write_text(json.dumps(reports.signed(report), indent=1))
            if report["problems"]:
                raise CommandError("Isolation is not proven.")

    def _verify(self, file: Path) -> None:
        document = json.loads(file.read_text())
        if not reports.is_genuine(document):
            raise CommandError("This report was not signed by this installation, or it was changed.")
        self.stdout.write(reports.text(document["report"]))
        self.stdout.write("The signature is valid.")


def _run_inside(result: Path, roles: list[str], *, quick: bool) -> None:
    """Run the proof here. Only `run_apart` calls this, in a process with an empty database."""
    if connection.introspection.table_names():
        raise CommandError("The database is not empty.")
    call_command("migrate", interactive=False, verbosity=0)
    result.write_text(json.dumps(run(roles or None, quick=quick)))
