"""`manage.py permissions_table`: print the tables of roles and permissions."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser

from config.permissions_table import page

PLACE = Path(settings.BASE_DIR) / "docs" / "permissions.md"


class Command(BaseCommand):
    help = "Print the tables of roles and permissions in Markdown, or write docs/permissions.md with --write."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/permissions.md")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        if write:
            PLACE.write_text(page(), encoding="utf-8")
        else:
            self.stdout.write(page(), ending="")
