"""`manage.py partitions`: list the partitions of tables that grow, and detach, attach or drop old ones."""

from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection
from django.db.models import Model

from core.db import partitions


class Command(BaseCommand):
    help = "List the partitions on PostgreSQL. Detach or attach one, or drop those that end before a date."

    def add_arguments(self, parser: CommandParser) -> None:
        tables = [model._meta.db_table for model in partitions.partitioned_models()]
        parser.add_argument("table", nargs="?", choices=tables, help="the table to list or change; by default all")
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--detach", metavar="DATE", type=_day, help="the first day of the partition")
        change.add_argument("--attach", metavar="DATE", type=_day, help="the first day of a detached partition")
        change.add_argument("--drop-before", metavar="DATE", type=_day, help="drop partitions that end by this day")

    def handle(self, *args: Any, table: str | None, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has partitions.")
        models = [model for model in partitions.partitioned_models() if table in (None, model._meta.db_table)]
        if any(options[name] for name in ("detach", "attach", "drop_before")):
            if table is None:
                raise CommandError("Name the table.")
            self._change(models[0], options)
        for model in models:
            for partition in partitions.partitions(model):
                days = f"{partition.start.date()} to {partition.end.date()}"
                self.stdout.write(f"{partition.name}  {days}  {partition.size / 1e6:,.1f} MB")

    def _change(self, model: type[Model], options: dict[str, Any]) -> None:
        try:
            if options["detach"]:
                partitions.detach(model, options["detach"])
            elif options["attach"]:
                partitions.attach(model, options["attach"])
            else:
                partitions.drop_before(model, options["drop_before"])
        except ProgrammingError as error:
            raise CommandError(str(error)) from None


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
