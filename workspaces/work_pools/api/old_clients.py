"""What older Prefect clients cannot read (docs/contract/work-pools.md, "Work pools")."""

import re
from typing import Any

from rest_framework.request import Request

_NEW_ENOUGH = (3, 3, 8)
_CLIENT = re.compile(r"prefect/(\d{1,4})\.(\d{1,4})\.(\d{1,4})", re.ASCII)


def for_client(request: Request, pools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers for pools without the block for results if the client refuses this field."""
    found = _CLIENT.match(request.META.get("HTTP_USER_AGENT", ""))
    if found is None or tuple(map(int, found.groups())) >= _NEW_ENOUGH:
        return pools
    for pool in pools:
        pool["storage_configuration"].pop("default_result_storage_block_id", None)
    return pools
