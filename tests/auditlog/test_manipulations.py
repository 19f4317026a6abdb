"""Random manipulations of a long chain: all are found, and the first bad entry is named.

    AUDIT_ENTRIES=100000 AUDIT_MANIPULATIONS=10000 make test TESTS="tests/auditlog/test_manipulations.py -n 0"

Each manipulation is checked from a checkpoint before it to one after it. The rest of the chain is as it was.
"""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditlog.verifier import FIELDS, START, ChainCheck, Report, SignedCheckpoint, entry_hash, key_id
from core.db.ids import new_id

ENTRIES = int(os.environ.get("AUDIT_ENTRIES", "2000"))
MANIPULATIONS = int(os.environ.get("AUDIT_MANIPULATIONS", "500"))
SEED = int(os.environ.get("AUDIT_SEED", "1"))
ACCOUNT = str(new_id())
BATCH = 50  # entries from one checkpoint to the next
Row = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """A part of a chain between two checkpoints."""

    rows: list[Row]
    start: tuple[int, bytes]
    checkpoints: list[SignedCheckpoint]

    def check(self, rows: list[Row], keys: dict[str, bytes]) -> Report:
        # Signatures are of checkpoints, which nobody has touched here; tests/auditlog/test_verification.py forges them.
        return ChainCheck(ACCOUNT, self.checkpoints, keys, lambda key, message, signature: True).run(
            rows, start=self.start
        )


def chain() -> tuple[list[Row], list[SignedCheckpoint], dict[str, bytes]]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    rows, checkpoints, digest = [], [], START
    for position in range(1, ENTRIES + 1):
        row: Row = {
            **dict.fromkeys(FIELDS, ""),
            "id": str(new_id()),
            "position": position,
            "occurred": f"2026-11-30T12:00:00.{position:06}+00:00",
            "action": "role.updated",
            "account_id": ACCOUNT,
            "workspace_id": None,
            "detail": {"scopes": {"from": [], "to": [str(position)]}},
        }
        digest = entry_hash(digest, row)
        rows.append(row | {"hash": digest.hex()})
        if position % BATCH == 0 or position == ENTRIES:
            checkpoints.append(
                SignedCheckpoint(ACCOUNT, position, digest.hex(), False, row["occurred"], key_id(public), "00")
            )
    return rows, checkpoints, {key_id(public): public}


def change(rows: list[Row], at: int, random: Random) -> list[Row]:
    field = random.choice([name for name in FIELDS if name != "position"])
    value = {"x": random.random()} if field == "detail" else f"{rows[at][field]}x"
    return [*rows[:at], rows[at] | {field: value}, *rows[at + 1 :]]


def change_with_its_hash(rows: list[Row], at: int, random: Random) -> list[Row]:
    forged = rows[at] | {"actor_name": "somebody else"}
    before = bytes.fromhex(rows[at - 1]["hash"])
    return [*rows[:at], forged | {"hash": entry_hash(before, forged).hex()}, *rows[at + 1 :]]


def rewrite_all_after(rows: list[Row], at: int, random: Random) -> list[Row]:
    digest, forged = bytes.fromhex(rows[at - 1]["hash"]), rows[:at]
    for number, row in enumerate(rows[at:]):
        new = row | ({"actor_name": "somebody else"} if number == 0 else {})
        digest = entry_hash(digest, new)
        forged.append(new | {"hash": digest.hex()})
    return forged


def remove(rows: list[Row], at: int, random: Random) -> list[Row]:
    return [*rows[:at], *rows[at + random.randint(1, 5) :]]


def remove_and_renumber(rows: list[Row], at: int, random: Random) -> list[Row]:
    return [*rows[:at], *(row | {"position": row["position"] - 1} for row in rows[at + 1 :])]


def insert(rows: list[Row], at: int, random: Random) -> list[Row]:
    return [*rows[:at], rows[at - 1] | {"id": str(new_id())}, *rows[at:]]


def swap(rows: list[Row], at: int, random: Random) -> list[Row]:
    first, second = rows[at], rows[at + 1]
    moved = [second | {"position": first["position"]}, first | {"position": second["position"]}]
    return [*rows[:at], *moved, *rows[at + 2 :]]


def cut_end(rows: list[Row], at: int, random: Random) -> list[Row]:
    return rows[:at]


HOW: list[Callable[[list[Row], int, Random], list[Row]]] = [
    change, change_with_its_hash, rewrite_all_after, remove, remove_and_renumber, insert, swap, cut_end,
]  # fmt: skip


def test_every_manipulation_is_found_and_its_place_named() -> None:
    rows, checkpoints, keys = chain()
    places = [checkpoint.position for checkpoint in checkpoints]
    random = Random(SEED)
    untouched = Window(rows, (0, START), checkpoints)
    assert untouched.check(rows, keys).problem == ""
    for number in range(MANIPULATIONS):
        index = random.randrange(1, ENTRIES - 1)
        first = max(bisect_left(places, index) - 1, 0)  # the last checkpoint before the entry that comes before
        last = min(bisect_right(places, index + 7), len(places) - 1)
        begin = places[first] if places[first] < index else 0
        start = (begin, bytes.fromhex(rows[begin - 1]["hash"]) if begin else START)
        due = [checkpoint for checkpoint in checkpoints[first : last + 1] if checkpoint.position > begin]
        window = Window(rows[begin : places[last]], start, due)
        how = random.choice(HOW)
        report = window.check(how(window.rows, index - begin, random), keys)
        case = f"manipulation {number} with seed {SEED}: {how.__name__} at position {index + 1}"
        assert report.problem, case
        # All before it are confirmed. A hash that was forged as well is noticed by the entry after it.
        assert (
            index <= report.last <= index + (1 if how is change_with_its_hash else BATCH * (how is rewrite_all_after))
        ), case
