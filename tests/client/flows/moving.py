"""A flow of short tasks that goes on until a file exists, for a worker."""

import time
from pathlib import Path

from prefect import flow, task


@task
def step(number: int) -> int:
    print(f"step {number}")
    time.sleep(0.2)
    return number


@flow(log_prints=True)
def moving(stop: str) -> None:
    number = 0
    while not Path(stop).exists() and number < 2_000:
        step(number)
        number += 1
    print(f"STEPS {number}")
