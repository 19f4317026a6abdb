"""The values of the keys of flow runs. They are derived from the key's id, so none is stored.

`workspaces.run_keys` says what such a key opens. Endpoints of accounts refuse all of them.
"""

import hmac
from uuid import UUID

from core.digests import hash_keys

PREFIX = "pnr_"
_ID, _PROOF = 32, 48  # hexadecimal digits; the second is 192 bits
_LENGTH = len(PREFIX) + _ID + _PROOF


def run_key_value(key_id: UUID) -> str:
    """Return the value of the key of a flow run, which proves that this site has issued it."""
    return _value(hash_keys("run key")[0], key_id)


def run_key_id(value: str) -> UUID | None:
    """Return the id of the key of a flow run with this value, or None if this site has issued no such value."""
    if not value.startswith(PREFIX) or len(value) != _LENGTH or not value.isascii():
        return None
    try:
        key_id = UUID(hex=value[len(PREFIX) : -_PROOF])
    except ValueError:
        return None
    return key_id if any(hmac.compare_digest(value, _value(key, key_id)) for key in hash_keys("run key")) else None


def _value(hash_key: bytes, key_id: UUID) -> str:
    proof = hmac.digest(hash_key, key_id.bytes, "sha256").hex()[:_PROOF]
    return f"{PREFIX}{key_id.hex}{proof}"
