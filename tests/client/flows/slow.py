"""`slow.py NAME`: a run that somebody interrupts. A task ends, then the flow waits in a second one for a long time."""

import sys
import time

from prefect import flow, task


@task
def quick() -> int:
    return 1


@task
def long_wait() -> None:
    print("WAITING", flush=True)
    time.sleep(120)


@flow(name=sys.argv[1], flow_run_name="slow-run")
def slow() -> None:
    quick()
    long_wait()


if __name__ == "__main__":
    slow()
