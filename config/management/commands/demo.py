"""`manage.py demo`: fill the running site with a small example."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.urls import reverse

from config.demo import fill
from config.demo.company import PASSWORD


class Command(BaseCommand):
    help = "Make a demo company with people, workspaces and a week of runs. Harmless twice; not for a real site."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        made = fill.fill()
        self.stdout.write("The demo company is ready." if made else "The demo company is there already.")
        for workspace in fill.workspaces():
            place = f"{settings.PUBLIC_URL}/account/{workspace.account_id}/workspace/{workspace.id}"
            self.stdout.write(f"  {workspace.full_handle:24}  {place}/dashboard")
        self.stdout.write(
            f"Sign in at {settings.PUBLIC_URL}{reverse('account_login')} as {fill.emails()[0]}, password {PASSWORD}"
        )
