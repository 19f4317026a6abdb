"""Mask secrets in texts that are kept: log lines and audit entries."""

import re
from typing import Any

# Secrets of invitations, password resets and confirmations.
_SECRET_IN_ADDRESS = re.compile(
    r"((?:/|%2F)invitation(?:/|%2F)|invite_code=|(?:/|%2F)auth(?:/|%2F)(?:reset|verify)(?:/|%2F))[\w:%=+.~-]+",
    re.IGNORECASE,
)
_API_KEY = re.compile(r"\b(pn[ubr]_)\w+")


def mask_secrets(text: str) -> str:
    """Return the text without API keys and without the secrets in links."""
    return _API_KEY.sub(r"\1***", _SECRET_IN_ADDRESS.sub(r"\1***", text))


def mask_json(value: Any) -> Any:
    """Return a JSON value with all its texts masked. Names of fields are kept."""
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: mask_json(part) for name, part in value.items()}
    return [mask_json(part) for part in value] if isinstance(value, list | tuple) else value
