"""A flow that is served: runs of its deployment are started by this process."""

from prefect import flow


@flow(log_prints=True)
def greet(name: str = "world", times: int = 1) -> str:
    print(f"Hello {name}!")
    return name * times


if __name__ == "__main__":
    greet.serve(name="served", cron="0 6 * * *", tags=["greeting"], description="Says hello.", version="1")
