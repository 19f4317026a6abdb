"""The commands that connect a client to a workspace, with this installation's values filled in."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from workspaces.models import Workspace

CLIENT = "prefect==3.8.0"
KEY = "YOUR_API_KEY"


@dataclass(frozen=True, slots=True)
class Commands:
    install: str
    addresses: str
    login: str
    environment: str
    docker: str


def commands(workspace: Workspace, key: str = KEY) -> Commands:
    api = api_url(workspace.account_id, workspace.id)
    return Commands(
        install=f'pip install "{CLIENT}"',
        addresses=f"prefect config set PREFECT_CLOUD_API_URL={settings.PUBLIC_URL}/api"
        f" PREFECT_CLOUD_UI_URL={settings.PUBLIC_URL}",
        login=f'prefect cloud login --key {key} --workspace "{workspace.full_handle}"',
        environment=f"export PREFECT_API_URL={api}\nexport PREFECT_API_KEY={key}",
        docker=f"docker run -it --rm \\\n  -e PREFECT_API_URL={api} \\\n  -e PREFECT_API_KEY={key} \\\n"
        f"  prefecthq/prefect:{CLIENT.partition('==')[2]}-python3.11 python",
    )


def api_url(account_id: UUID, workspace_id: UUID) -> str:
    return f"{settings.PUBLIC_URL}/api/accounts/{account_id}/workspaces/{workspace_id}"
