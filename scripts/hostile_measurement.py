"""Measure the calls of the quiet tenant for `hostile_neighbour.py`, and print the tables."""

import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from hostile_attacks import ATTACKS

PACE = 20.0  # calls of the quiet tenant per second

Credentials = tuple[str, str]  # API URL and API key


@dataclass
class Measurement:
    """The calls of the quiet tenant: the duration of each in milliseconds, and the number of responses by status."""

    durations: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    @property
    def refused(self) -> int:
        return self.answers.total() - self.answers["200"]


def measure(tenant: Credentials, seconds: float) -> Measurement:
    """Call `flow_runs/count` at a steady pace.

    The duration counts from when a call was due, also if it began late because the one before took long.
    """
    url, key = urlsplit(tenant[0]), tenant[1]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
    measurement, started, number = Measurement(), time.perf_counter(), 0
    while (due := started + number / PACE) < started + seconds:
        number += 1
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            connection.request("POST", f"{url.path}/flow_runs/count", b"{}", headers)
            response = connection.getresponse()
            response.read()
            measurement.answers[str(response.status)] += 1
        except (OSError, HTTPException) as error:
            measurement.answers[type(error).__name__] += 1
            connection.close()
        measurement.durations.append((time.perf_counter() - due) * 1000)
    return measurement


# The attacks, the measurement beside them, the responses to the attacker, and its CPU time in seconds.
AttackResult = tuple[list[str], Measurement, dict[str, dict[str, int]], float]


def print_tables(alone: Measurement, rows: list[AttackResult]) -> None:
    """Print the durations of the quiet tenant before and beside each attack, and the responses to the attacker."""
    print("| Attack | quiet p50, p99 | attacked p50, p99 | p99 | refused | attacker's CPU |")
    print("|---|---|---|---|---|---|")
    before = f"{alone.percentile(50):.1f} ms, {alone.percentile(99):.1f} ms"
    for attacks, beside, _, cpu in rows:
        after = f"{beside.percentile(50):.1f} ms, {beside.percentile(99):.1f} ms"
        ratio = beside.percentile(99) / alone.percentile(99)
        name = "all" if len(attacks) == len(ATTACKS) else ", ".join(attacks)
        print(f"| {name} | {before} | {after} | {ratio:.1f}× | {beside.refused} | {cpu:.0f} s |")
    print("\n| Attack | The attacker got |\n|---|---|")
    for _, _, results, _ in rows:
        for name, answers in results.items():
            got = ", ".join(f"{count} × {answer}" for answer, count in sorted(answers.items()))
            print(f"| {name} | {got} |")
