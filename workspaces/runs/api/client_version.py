import re

from rest_framework.request import Request

from workspaces.runs.orchestration.slots import ClientVersion

_USER_AGENT = re.compile(r"prefect/(\d{1,4})\.(\d{1,4})\.(\d{1,4})", re.ASCII)


def client_version(request: Request) -> ClientVersion | None:
    """Return the version of the Prefect client that sent the request, or None if another program did."""
    found = _USER_AGENT.match(request.META.get("HTTP_USER_AGENT", ""))
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))
