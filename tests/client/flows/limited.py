"""A flow that calls another one, for a worker: `seconds` is how long the inner one takes."""

import time

from prefect import flow


@flow
def inner(seconds: float) -> None:
    time.sleep(seconds)


@flow
def limited(seconds: float = 0) -> None:
    inner(seconds)
