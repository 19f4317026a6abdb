"""`moving.py NAME FILE`: a flow of short tasks that goes on until the file exists."""

import sys
import time
from pathlib import Path

from prefect import flow, task


@task
def step(number: int) -> int:
    print(f"step {number}")
    time.sleep(0.2)
    return number


@flow(name=sys.argv[1], log_prints=True)
def moving() -> int:
    number = 0
    while not Path(sys.argv[2]).exists() and number < 500:
        step(number)
        number += 1
        if number == 3:
            print("GOING")
    return number


if __name__ == "__main__":
    print(f"STEPS {moving()}", flush=True)
