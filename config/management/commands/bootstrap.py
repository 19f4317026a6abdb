"""`manage.py bootstrap`: create a first person, account, workspace and key."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from config.bootstrap import bootstrap


class Command(BaseCommand):
    help = (
        "Create a person, an account, a workspace and an API key, unless they exist. The password comes from "
        "BAILIWICK_PASSWORD; without it, one is generated and shown once. Every run replaces the key that the last "
        "one created for this workspace."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--handle", required=True, help="the account's handle")
        parser.add_argument("--workspace", required=True, help="the workspace's handle")
        parser.add_argument("--organization", action="store_true", help="the account is an organization of this person")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(
        self, *args: Any, email: str, handle: str, workspace: str, organization: bool, json: bool, **options: Any
    ) -> None:
        try:
            validate_email(email)
            made = bootstrap(email=email, handle=handle, workspace=workspace, organization=organization)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        place = settings.PUBLIC_URL
        answer = {
            "account_id": str(made.account_id),
            "workspace_id": str(made.workspace_id),
            "api_url": f"{place}/api/accounts/{made.account_id}/workspaces/{made.workspace_id}",
            "ui_url": f"{place}/account/{made.account_id}/workspace/{made.workspace_id}",
            "api_key": made.api_key,
        }
        if made.password:
            answer["password"] = made.password
        self.stdout.write(_as_json(answer) if json else "\n".join(f"{name}: {value}" for name, value in answer.items()))


def _as_json(answer: dict[str, str]) -> str:
    return json.dumps(answer)
