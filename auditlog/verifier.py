#!/usr/bin/env python3
"""Check an export of an audit log, on any machine with Python 3.11: `python verifier.py EXPORT.jsonl [--key ID]`.

The server checks its database with the same functions (`manage.py verify_audit`). This file imports only the standard
library, so that an auditor needs to read and run nothing else. docs/audit-log.md describes the format.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIELDS = (
    "id", "position", "occurred", "action", "result", "actor_kind", "actor_id", "actor_name", "account_id",
    "workspace_id", "object_id", "object_name", "detail", "request_id", "address", "user_agent",
)  # fmt: skip
START = bytes(32)  # the hash before the first entry
Verify = Callable[[bytes, bytes, bytes], bool]  # returns whether (public key, message, signature) is valid


def canonical(value: Any) -> bytes:
    """Return canonical JSON: ASCII with sorted keys and without spaces, so that equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def entry_hash(previous: bytes, entry: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 hash of the previous hash and the FIELDS of an entry."""
    return hashlib.sha256(previous + canonical({name: entry[name] for name in FIELDS})).digest()


@dataclass(frozen=True)
class SignedCheckpoint:
    account_id: str
    position: int
    hash: str
    pruned: bool
    signed_at: str
    key: str
    signature: str

    @property
    def message(self) -> bytes:
        """Return the bytes that are signed."""
        names = ("account_id", "position", "hash", "pruned", "signed_at", "key")
        return b"audit checkpoint " + canonical({name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class PublicKey:
    id: str
    public_key: str
    endorsed_by: str | None
    endorsement: str | None

    @property
    def message(self) -> bytes:
        return b"audit key " + canonical({"id": self.id, "public_key": self.public_key, "by": self.endorsed_by})


def key_id(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:16]


def trusted_keys(keys: Iterable[PublicKey], trusted: Iterable[str], verify: Verify) -> dict[str, bytes]:
    """Return the trusted public keys by id: those in `trusted`, and those that a trusted key endorses."""
    found: dict[str, bytes] = {}
    waiting = {key.id: key for key in keys if key_id(bytes.fromhex(key.public_key)) == key.id}
    for name in trusted:
        if name in waiting:
            found[name] = bytes.fromhex(waiting.pop(name).public_key)
    changed = True
    while changed:
        changed = False
        for key in list(waiting.values()):
            signer = found.get(key.endorsed_by or "")
            if signer and key.endorsement and verify(signer, key.message, bytes.fromhex(key.endorsement)):
                found[key.id] = bytes.fromhex(waiting.pop(key.id).public_key)
                changed = True
    return found


@dataclass
class Report:
    """The result of a check. `problem` describes the first problem, or is empty.

    `first` and `last` are the positions of the first and last checked entry.
    """

    entries: int = 0
    first: int = 0
    last: int = 0
    hash: bytes = START
    problem: str = ""
    checkpoints: int = 0


@dataclass
class ChainCheck:
    """Checks the entries of one chain in the order of their positions."""

    account_id: str
    checkpoints: Iterable[SignedCheckpoint]
    keys: Mapping[str, bytes]
    verify: Verify
    _due: list[SignedCheckpoint] = field(init=False)
    _confirmed: int = field(init=False, default=0)  # the position of the last checkpoint that agreed

    def run(self, entries: Iterable[Mapping[str, Any]], *, start: tuple[int, bytes] | None = None) -> Report:
        """Check the entries. `start` is the position and hash before the first of them."""
        report = Report()
        self._due = sorted(self.checkpoints, key=lambda checkpoint: checkpoint.position)
        report.problem = self._check_signatures()
        if report.problem:
            return report
        report.last, report.hash = start or self._pruned_until()
        report.first, self._confirmed = report.last + 1, report.last
        self._due = [due for due in self._due if due.position > report.last]
        for entry in entries:
            report.problem = self._check_entry(report, entry)
            if report.problem:
                return report
        if self._due:
            report.problem = f"The entries from position {report.last + 1} to {self._due[-1].position} are missing."
        elif self._confirmed < report.last:
            report.problem = f"No checkpoint confirms the entries up to position {report.last}."
        return report

    def _check_signatures(self) -> str:
        for checkpoint in self._due:
            key = self.keys.get(checkpoint.key)
            signature = bytes.fromhex(checkpoint.signature)
            if (
                checkpoint.account_id != self.account_id
                or not key
                or not self.verify(key, checkpoint.message, signature)
            ):
                return f"The checkpoint at position {checkpoint.position} is not signed by a trusted key."
        return ""

    def _pruned_until(self) -> tuple[int, bytes]:
        stubs = [checkpoint for checkpoint in self._due if checkpoint.pruned]
        return (stubs[-1].position, bytes.fromhex(stubs[-1].hash)) if stubs else (0, START)

    def _check_entry(self, report: Report, entry: Mapping[str, Any]) -> str:
        position, expected = entry["position"], report.last + 1
        name = f"The entry at position {position} ({entry['id']})"
        if position > expected:
            return f"The entry at position {expected} is missing."
        if position < expected:
            return f"{name} was inserted."
        digest = entry_hash(report.hash, entry)
        if digest.hex() != entry["hash"]:
            return f"{name} was changed or moved."
        while self._due and self._due[0].position == position:
            if self._due.pop(0).hash != digest.hex():
                return f"Entries between positions {self._confirmed + 1} and {position} were rewritten."
            self._confirmed = position
            report.checkpoints += 1
        report.entries, report.last, report.hash = report.entries + 1, position, digest
        return ""


# ------------------------------------------------------------ Ed25519 (RFC 8032), verification only
_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]  # extended coordinates


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the signature is valid. Slow, but needs no package."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    point, commitment = _point_decompress(public_key), _point_decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or commitment is None or scalar >= _Q:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    left = _point_multiply(scalar, _BASE)
    right = _point_add(commitment, _point_multiply(int.from_bytes(digest, "little") % _Q, point))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0


def _point_decompress(encoded: bytes) -> _Point | None:
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    x = _recover_x(y, odd)
    return None if x is None else (x, y, 1, x * y % _P)


def _recover_x(y: int, odd: int) -> int | None:
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and odd):
        return None
    return x if x & 1 == odd else _P - x


def _point_add(a: _Point, b: _Point) -> _Point:
    first, second = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    third, fourth = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point_multiply(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _point_add(total, point)
        point, scalar = _point_add(point, point), scalar >> 1
    return total


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = _recover_x(_BASE_Y, 0) or 0
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


# ------------------------------------------------------------ the command
def check_export(lines: Iterable[str], trusted: str | None = None) -> tuple[Report, list[str]]:
    """Check an export. Returns the report and the ids of the keys that signed it.

    Without a trusted key id all keys of the file count as trusted. Raises `ValueError` if it is not an export.
    """
    parsed = (json.loads(line) for line in lines if line.strip())
    header: dict[str, Any] = next(parsed, {})
    if not isinstance(header, dict) or header.get("type") != "audit-export":
        raise ValueError("This is not an export of an audit log.")
    keys = [PublicKey(**key) for key in header["keys"]]
    names = [key.id for key in keys] if trusted is None else [trusted]
    checkpoints = [SignedCheckpoint(**checkpoint) for checkpoint in header["checkpoints"]]
    check = ChainCheck(header["account_id"], checkpoints, trusted_keys(keys, names, verify_ed25519), verify_ed25519)
    start = (header["start"]["position"], bytes.fromhex(header["start"]["hash"]))
    return check.run(_entries(parsed), start=start), sorted({checkpoint.key for checkpoint in checkpoints})


def _entries(parsed: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for line in parsed:
        if set(FIELDS) - set(line):
            raise ValueError("A line is not an entry of an audit log.")
        yield line


def main() -> None:
    parser = argparse.ArgumentParser(description="Check an export of an audit log.")
    parser.add_argument("file")
    parser.add_argument("--key", help="the id of the key that the server signs with, as its operator told you")
    options = parser.parse_args()
    with Path(options.file).open(encoding="utf-8") as lines:
        try:
            report, keys = check_export(lines, options.key)
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"{options.file}: {error}")
    if report.problem:
        sys.exit(f"NOT VALID: {report.problem}")
    signers = ", ".join(keys) or "no key"
    sys.stdout.write(f"Valid: {report.entries} entries up to position {report.last}, signed with {signers}.\n")
    if options.key is None:
        sys.stdout.write("Ask the operator of the server whether this key is theirs, or pass it as --key.\n")


if __name__ == "__main__":
    main()
