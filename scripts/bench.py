#!/usr/bin/env python3
"""Measure both servers under the same load, one after the other, and print the table of docs/performance.md.

Run by `make bench`. Needs PostgreSQL and Redis at 127.0.0.1, and a folder beside this repository that is not part of
it: the load driver in `../shared/bench` and the requirements of the reference server in `../shared/peer`. nginx serves
HTTP and websockets at one address, as in an installation; without nginx one process serves both.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_servers import SHARED, environment, ours, reference

ROUNDS = 2
RATE_LIMITS = ("KEY_REQUESTS", "KEY_LINES", "ACCOUNT_REQUESTS", "ACCOUNT_LINES", "ACCOUNT_MEGABYTES")


def main() -> None:
    python = Path(_last_line(SHARED / "peer" / "setup")) / "bin" / "python"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures: dict[str, list[dict[str, Any]]] = {"reference": [], "ours": []}
        for number in range(ROUNDS):
            out = Path(folder)
            with reference(out, f"bench_reference_{number}") as (url, pid):
                figures["reference"].append(drive(python, out, url, [pid]))
            name = f"bench_ours_{number}"
            # Requests are counted as usual, but never limited.
            limits = {f"BAILIWICK_{limit}_PER_MINUTE": "10000000" for limit in RATE_LIMITS}
            with ours(out, name, {**environment(out, name), **limits}) as (url, key, pids):
                figures["ours"].append(drive(python, out, url, pids, key))
    print_table({name: best(runs) for name, runs in figures.items()})


def drive(python: Path, folder: Path, url: str, pids: list[int], key: str = "") -> dict[str, Any]:
    """Run the load driver against a server and return its figures by scenario."""
    out = folder / "figures.json"
    command = [str(python), str(SHARED / "bench" / "api_bench.py"), "--url", url, "--json", str(out)]
    command += ["--pids", ",".join(map(str, pids)), *(["--key", key] if key else [])]
    subprocess.run(command, check=True, stdout=sys.stderr)
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def best(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return for each scenario the round with the least CPU time, because noise of the machine only adds to it."""
    return {name: min((run[name] for run in runs), key=lambda row: row["cpu_ms_per_operation"]) for name in runs[0]}


def print_table(figures: dict[str, dict[str, Any]]) -> None:
    print("| Scenario | reference, CPU ms | Bailiwick, CPU ms | CPU | rate | median |")
    print("|---|---|---|---|---|---|")
    ratios: list[list[float]] = []
    for name, ours_row in figures["ours"].items():
        reference_row = figures["reference"].get(name)
        if reference_row is None or name == "warm-up":
            continue
        ratio_row = [
            reference_row["cpu_ms_per_operation"] / ours_row["cpu_ms_per_operation"],
            ours_row["per_second"] / reference_row["per_second"],
            reference_row["p50_ms"] / ours_row["p50_ms"],
        ]
        ratios.append(ratio_row)
        cells = " | ".join(f"{ratio:.1f}×" for ratio in ratio_row)
        cpu = [row["cpu_ms_per_operation"] for row in (reference_row, ours_row)]
        print(f"| {name} | {cpu[0]:.2f} | {cpu[1]:.2f} | {cells} |")
    means = [_geometric_mean([row[column] for row in ratios]) for column in range(3)]
    print("| geometric mean | | | " + " | ".join(f"{mean:.1f}×" for mean in means) + " |")


def _last_line(command: Path) -> str:
    return subprocess.run([str(command)], check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]


def _geometric_mean(values: list[float]) -> float:
    product = 1.0
    for value in values:
        product *= value
    return float(product ** (1 / len(values)))


if __name__ == "__main__":
    main()
