"""Compare two answers to the same request. Ids are equal if they stand for each other in all answers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.conformance.intended import EITHER_WAY, OURS_ALONE, WITHOUT_VALUE

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
# Of runs, limits and queues, apart from ids, times and names that hold ids.
_COMPARED = ("state_type", "state_name", "idempotency_key", "parameters", "auto_scheduled", "limit", "active",
             "active_slots", "slot_decay_per_second", "is_paused", "priority", "concurrency_limit")  # fmt: skip
_RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+")
_NEARLY = timedelta(minutes=3)  # the servers answer one after the other


class Comparison:
    def __init__(self) -> None:
        self.pairs: dict[str, str] = {}

    def in_any_order(self, ours: list[Any], theirs: list[Any]) -> Iterator[str]:
        """Yield the differences of two lists whose order depends on ids, which servers choose."""
        mine, others = (sorted(map(_without_ids, rows), key=str) for rows in (ours, theirs))
        return self.differences(mine, others)

    def differences(self, ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
        """Yield a sentence for each difference of two answers."""
        if isinstance(ours, dict) and isinstance(theirs, dict):
            yield from self._objects(ours, theirs, where)
        elif isinstance(ours, list) and isinstance(theirs, list):
            if where.endswith(".tags"):
                ours, theirs = sorted(ours), sorted(theirs)
            if len(ours) != len(theirs):
                yield f"{where}: ours has {len(ours)}, theirs {len(theirs)}"
            for number, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
                yield from self.differences(mine, other, f"{where}[{number}]")
        elif not self._same(ours, theirs):
            yield f"{where}: ours {ours!r:.300}, theirs {theirs!r:.300}"

    def _same(self, ours: Any, theirs: Any) -> bool:
        if isinstance(ours, str) and isinstance(theirs, str):
            return self._same_text(ours, theirs)
        return bool(ours == theirs) and isinstance(ours, bool) is isinstance(theirs, bool)

    def _objects(self, ours: dict[str, Any], theirs: dict[str, Any], where: str) -> Iterator[str]:
        if "exception_detail" in theirs:
            if "exception_detail" not in ours:
                yield f"{where}: ours {ours!r:.300}, theirs {theirs!r:.300}"
            return
        ours = {self.pairs.get(key, key): value for key, value in ours.items()}
        missing, more = theirs.keys() - ours.keys(), ours.keys() - theirs.keys() - OURS_ALONE
        if missing or more:
            yield f"{where}: ours lacks {sorted(missing)}, has more {sorted(more)}"
        for key in sorted(ours.keys() & theirs.keys() - EITHER_WAY):
            if key in WITHOUT_VALUE:
                if (ours[key] is None) is not (theirs[key] is None):
                    yield f"{where}.{key}: ours {ours[key]!r}, theirs {theirs[key]!r}"
            else:
                yield from self.differences(ours[key], theirs[key], f"{where}.{key}")

    def _same_text(self, ours: str, theirs: str) -> bool:
        if _TIME.fullmatch(ours) and _TIME.fullmatch(theirs):
            return abs(_time(ours) - _time(theirs)) < _NEARLY
        if ours != theirs and _RANDOM_NAME.fullmatch(ours) and _RANDOM_NAME.fullmatch(theirs):
            return True
        mine, others = _UUID.findall(ours), _UUID.findall(theirs)
        same = len(mine) == len(others) and all(
            self.pairs.setdefault(one, other) == other for one, other in zip(mine, others, strict=False)
        )
        return same and _plain(ours) == _plain(theirs)


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    name = _UUID.sub("ID", row["name"]) if "limit" in row else ""
    return {key: row[key] for key in _COMPARED if key in row} | {"name": name, "tags": sorted(row.get("tags") or [])}


def _plain(text: str) -> str:
    return _TIME.sub("TIME", _UUID.sub("ID", text))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
