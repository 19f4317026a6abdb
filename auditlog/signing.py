"""The Ed25519 keys that sign checkpoints. They are derived from SECRET_KEY, so there is no other secret to keep."""

from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction
from django.utils import timezone

from auditlog.models import SigningKey
from auditlog.verifier import PublicKey, key_id, trusted_keys
from core.digests import hash_keys


@cache
def private_keys() -> dict[str, Ed25519PrivateKey]:
    """Return the private keys by id: that of SECRET_KEY first, then those of SECRET_KEY_FALLBACKS."""
    keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in hash_keys("audit checkpoints")]
    return {key_id(_public_bytes(key)): key for key in keys}


@transaction.atomic
def current_key() -> SigningKey:
    """Return the key that signs now. It endorses the other keys that are trusted.

    Those are the keys of SECRET_KEY_FALLBACKS, and the keys that they endorsed. A row that somebody added to the
    database is not trusted.
    """
    name, private = next(iter(private_keys().items()))
    key, _ = SigningKey.objects.get_or_create(
        id=name, defaults={"public_key": _public_bytes(private), "created": timezone.now()}
    )
    if others := list(SigningKey.objects.exclude(id=name).exclude(endorsed_by=key)):
        trusted = trusted_public_keys()
        for other in others:
            if other.id in trusted:
                other.endorsed_by = key
                other.endorsement = private.sign(export_key(other).message)
                other.save(update_fields=["endorsed_by", "endorsement"])
    return key


def trusted_public_keys() -> dict[str, bytes]:
    """Return the public keys, by id, that checkpoints may be signed with."""
    return trusted_keys(map(export_key, SigningKey.objects.all()), private_keys(), verify)


def sign(message: bytes, key: SigningKey) -> bytes:
    """Return the signature of a message by `current_key`."""
    return private_keys()[key.id].sign(message)


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def export_key(key: SigningKey) -> PublicKey:
    endorsement = bytes(key.endorsement).hex() if key.endorsement else None
    return PublicKey(key.id, bytes(key.public_key).hex(), key.endorsed_by_id, endorsement)


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
