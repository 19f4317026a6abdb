"""A flow that fails, after one retry of its own."""

from prefect import flow, task


@task
def step() -> None:
    raise ValueError("no luck")


@flow(name="failing", flow_run_name="failing-run", retries=1, retry_delay_seconds=1)
def failing() -> None:
    step()


if __name__ == "__main__":
    failing()
