"""A flow that is served: runs of its deployment are started by this process."""

from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.schedules import Cron, Interval


@flow(log_prints=True)
def greet(name: str = "world", times: int = 1) -> str:
    print(f"Hello {name}!")
    return name * times


if __name__ == "__main__":
    # Late enough for the deployment to exist by then.
    soon = Interval(
        timedelta(days=1), anchor_date=datetime.now(UTC) + timedelta(seconds=20), parameters={"name": "all"}
    )
    greet.serve(
        name="served",
        schedules=[Cron("0 6 * * *"), soon],
        tags=["greeting"],
        description="Says hello.",
        version="1",
    )
