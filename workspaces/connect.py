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
    values = variables(workspace, key)
    return Commands(
        install=f'pip install "{CLIENT}"',
        addresses=addresses(),
        login=f'prefect cloud login --key {key} --workspace "{workspace.full_handle}"',
        environment="\n".join(f"export {name}={value}" for name, value in values.items()),
        docker="docker run -it --rm \\\n"
        + "".join(f"  -e {name}={value} \\\n" for name, value in values.items())
        + f"  prefecthq/prefect:{CLIENT.partition('==')[2]}-python3.11 python",
    )


def addresses() -> str:
    """Tells a client once that this site is its Cloud."""
    site = settings.PUBLIC_URL
    return f"prefect config set PREFECT_CLOUD_API_URL={site}/api PREFECT_CLOUD_UI_URL={site}"


def variables(workspace: Workspace, key: str) -> dict[str, str]:
    """All that a client needs without a profile. Without the first it takes the workspace for an open-source server and
    sends no key with its events, so that its task runs are lost (client-protocol.md 3.1).
    """
    return {
        "PREFECT_CLOUD_API_URL": f"{settings.PUBLIC_URL}/api",
        "PREFECT_CLOUD_UI_URL": settings.PUBLIC_URL,
        "PREFECT_API_URL": api_url(workspace.account_id, workspace.id),
        "PREFECT_API_KEY": key,
    }


def api_url(account_id: UUID, workspace_id: UUID) -> str:
    return f"{settings.PUBLIC_URL}/api/accounts/{account_id}/workspaces/{workspace_id}"
