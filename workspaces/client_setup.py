"""The commands that connect a client to a workspace, with this installation's values filled in."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from workspaces.models import Workspace

CLIENT_REQUIREMENT = "prefect==3.8.0"
KEY_PLACEHOLDER = "YOUR_API_KEY"

FIRST_FLOW = """\
from prefect import flow, task

@task
def greet(name):
    return f"Hello, {name}!"

@flow(log_prints=True)
def hello(names: list[str] = ["Ada", "Grace", "Linus"]):
    for greeting in greet.map(names).result():
        print(greeting)

if __name__ == "__main__":
    hello()
"""


@dataclass(frozen=True, slots=True)
class Commands:
    """Shell commands to copy. `environment` and `docker` use no Prefect profile, the others do.

    `login` signs in with the browser, `login_with_key` with a key. `switch` is for a client that is signed in.
    """

    install: str
    addresses: str
    login: str
    login_with_key: str
    switch: str
    environment: str
    docker: str


def commands(workspace: Workspace, key: str = KEY_PLACEHOLDER) -> Commands:
    """Return the commands that connect a client to the workspace with this API key."""
    values = environment_variables(workspace, key)
    return Commands(
        install=f'pip install "{CLIENT_REQUIREMENT}"',
        addresses=addresses(),
        login=f'prefect cloud login --workspace "{workspace.full_handle}"',
        login_with_key=f'prefect cloud login --key {key} --workspace "{workspace.full_handle}"',
        switch=f'prefect cloud workspace set --workspace "{workspace.full_handle}"',
        environment="\n".join(f"export {name}={value}" for name, value in values.items()),
        docker="docker run -it --rm \\\n"
        + "".join(f"  -e {name}={value} \\\n" for name, value in values.items())
        + f"  prefecthq/prefect:{CLIENT_REQUIREMENT.partition('==')[2]}-python3.11 python",
    )


def addresses() -> str:
    """Return the command that makes this site the Prefect Cloud of a client's profile."""
    site = settings.PUBLIC_URL
    return f"prefect config set PREFECT_CLOUD_API_URL={site}/api PREFECT_CLOUD_UI_URL={site}"


def environment_variables(workspace: Workspace, key: str) -> dict[str, str]:
    """Return the environment variables that a client without a profile needs.

    Without PREFECT_CLOUD_API_URL the client takes the workspace for an open-source server and sends no key with its
    events, so its task runs are lost (docs/contract/client-protocol.md, "Cloud mode").
    """
    return {
        "PREFECT_CLOUD_API_URL": f"{settings.PUBLIC_URL}/api",
        "PREFECT_CLOUD_UI_URL": settings.PUBLIC_URL,
        "PREFECT_API_URL": api_url(workspace.account_id, workspace.id),
        "PREFECT_API_KEY": key,
    }


def api_url(account_id: UUID, workspace_id: UUID) -> str:
    """Return the value of PREFECT_API_URL for a workspace."""
    return f"{settings.PUBLIC_URL}/api/accounts/{account_id}/workspaces/{workspace_id}"
