"""A flow that a worker runs from a deployment."""

from prefect import flow, task


@task
def double(number: int) -> int:
    return 2 * number


@flow(log_prints=True)
def deployed(number: int = 1) -> int:
    print(f"doubled: {double(number)}")
    return 0
