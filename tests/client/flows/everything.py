"""An ordinary script: mapped, retried, failing and kept tasks, a subflow, logs, tags, parameters, a result."""

import logging

from prefect import flow, get_run_logger, tags, task

tries = []


@task
def double(number: int) -> int:
    get_run_logger().info("doubling %s", number)
    return number * 2


@task(retries=2, retry_delay_seconds=1)
def unsteady() -> int:
    tries.append(1)
    if len(tries) == 1:
        raise RuntimeError("first try fails")
    return len(tries)


@task
def broken() -> None:
    raise ValueError("broken on purpose")


@task(tags=["kept"], persist_result=True)
def kept(numbers: list[int]) -> dict[str, list[int]]:
    return {"numbers": numbers}


@flow(name="inner", flow_run_name="inner-run", log_prints=True)
def inner(number: int) -> int:
    print("inner prints", number)
    return double(number)


@flow(name="everything", flow_run_name="everything-run", log_prints=True, persist_result=True)
def everything(count: int = 3, greeting: str = "hello") -> dict[str, list[int]]:
    print(greeting, "from the flow")
    get_run_logger().log(logging.WARNING, "a warning")
    doubled = double.map(range(count)).result()
    unsteady()
    try:
        broken()
    except ValueError as error:
        get_run_logger().error("caught: %s", error)
    return kept([*doubled, inner(21)])


if __name__ == "__main__":
    with tags("nightly", "team-a"):
        print("RESULT", everything(count=2, greeting="good day"))
