"""`manage.py up`: run the whole site on one machine."""

import os
import socket
import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from accounts.services.addresses import confirmation_required
from config import ports, processes, static
from config.env import Variables

SLOW_START = 60  # seconds


class Command(BaseCommand):
    help = "Migrate, collect static files, and serve pages, API, websockets and background work until Ctrl-C."
    requires_system_checks = []  # `migrate` runs the checks

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=Variables.read().BAILIWICK_HOST, help="address to listen on")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        port = Variables.read().PORT
        _refuse_taken_port(host, port)
        database = settings.DATABASES["default"]
        self.say(f"Preparing the database {database['NAME']}")
        call_command("migrate", interactive=False, verbosity=0)
        self.say("Checking the static files (the first time takes a quarter of a minute)")
        static.collect()
        self.say("Starting web, websockets, worker and beat")
        ended = processes.run(
            processes.site_commands(host, port),
            env={**os.environ, "PORT": str(port)},
            ready=lambda: self.welcome(host, port),
        )
        if ended:
            raise CommandError(f"The {ended} process ended by itself, so everything was stopped. Its output is above.")
        self.say("Stopped.")

    def welcome(self, host: str, port: int) -> None:
        """Print the URLs once the site answers."""
        if not _answers(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/api/health"):  # noqa: S104
            self.say(f"Nothing answers on port {port} after {SLOW_START} seconds; see the lines above.")
            return
        url = settings.PUBLIC_URL
        self.say(
            f"\nBailiwick is running at {url}\n"
            f"  sign up and create a workspace   {url}/\n"
            f"  connect a Prefect client         prefect config set PREFECT_CLOUD_API_URL={url}/api "
            f"PREFECT_CLOUD_UI_URL={url}\n"
            f"                                   prefect cloud login\n"
            f"  data and mail                    {settings.DATA_DIR}\n"
            f"{_about_confirmation()}"
            "Ctrl-C stops it."
        )

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _about_confirmation() -> str:
    """Return a warning if people need not confirm their email address, else an empty text."""
    if confirmation_required():
        return ""
    why = "BAILIWICK_EMAIL_VERIFICATION is none"
    if not settings.SENDS_MAIL:
        why += " without a mail server (SMTP_HOST)"
    return f"{why}: people do not confirm their email addresses.\nOpen it only to people you trust.\n"


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            listener = ports.listener_on(port)
            taken_by = f" {listener[0].upper()}{listener[1:]} listens there." if listener else ""
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}).{taken_by} PORT=8001 make up takes another."
            ) from error


def _answers(url: str) -> bool:
    deadline = time.monotonic() + SLOW_START
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):  # noqa: S310  our own address
                return True
        except HTTPError:
            return True
        except (URLError, OSError):
            time.sleep(0.2)
    return False
