"""What the makers of random requests draw from: chance, and the labels of the rows that earlier requests made."""

from random import Random
from typing import Any

from tests.contract.conformance import values

Made = tuple[str, str, Any]  # method, path and body


class Draw:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.labels: dict[str, list[str]] = {}
        self.task_runs = 0

    def id(self, kind: str) -> str:
        """Return the label in braces of a row of this kind, or an id that no row has."""
        known = self.labels.get(kind, [])
        return f"{{{self.random.choice(known)}}}" if known and self.random.random() < 0.93 else values.NO_ID

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def request(self, *choices: Made) -> Made:
        return self.random.choice(choices)

    def task_run(self, *, new: bool) -> str:
        """Return the id of a task run that has not been named before, or of one that has."""
        self.task_runs += new
        return f"5f6b6183-94bd-4d28-9ba4-{self.task_runs if new else self.random.randint(0, self.task_runs):012x}"

    def some(self, choices: dict[str, Any], most: int = 3) -> dict[str, Any]:
        """Return a few of the fields, each with one of its values."""
        names = self.random.sample(sorted(choices), self.random.randint(0, min(most, len(choices))))
        return {name: self.random.choice(choices[name]) for name in names}
