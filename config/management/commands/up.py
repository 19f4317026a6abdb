"""`manage.py up`: the whole site on one machine, from migrations to the last process."""

import os
import socket
import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from config import env, processes, static

SLOW_START = 60  # seconds


class Command(BaseCommand):
    help = "Migrate, collect static files, and serve pages, API, websockets and background work until Ctrl-C."
    requires_system_checks = []  # `migrate` runs them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=env.text("BAILIWICK_HOST", "127.0.0.1"), help="address to listen on")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        port = env.number("PORT", 8000, least=1)
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
            raise CommandError(f"The {ended} process ended by itself, so everything was stopped. Its words are above.")
        self.say("Stopped.")

    def welcome(self, host: str, port: int) -> None:
        """The last lines: where to go. Printed once the site answers."""
        if not _answers(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/api/health"):  # noqa: S104
            self.say(f"Nothing answers on port {port} after {SLOW_START} seconds; see the lines above.")
            return
        url = settings.PUBLIC_URL
        self.say(
            f"\nBailiwick is running at {url}\n"
            f"  sign up and make a workspace   {url}/\n"
            f"  connect a Prefect client       prefect config set PREFECT_CLOUD_API_URL={url}/api "
            f"PREFECT_CLOUD_UI_URL={url}\n"
            f"                                 prefect cloud login\n"
            f"  data and mail                  {settings.DATA_DIR}\n"
            "Ctrl-C ends it."
        )

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}). PORT=8001 make up takes another."
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
