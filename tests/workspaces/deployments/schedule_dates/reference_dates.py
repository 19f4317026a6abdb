"""Runs in the Prefect client's environment: reads requests for dates as JSON lines, and writes the server's dates."""

import asyncio
import json
import sys
from typing import Any

import pendulum  # type: ignore[import-not-found]
from prefect.server.schemas.actions import DeploymentScheduleCreate  # type: ignore[import-not-found]


def dates_of(request: dict[str, Any]) -> list[str]:
    schedule = DeploymentScheduleCreate.model_validate({"schedule": request["schedule"]}).schedule
    start = pendulum.parse(request["start"])
    end = pendulum.parse(request["end"]) if request["end"] else None
    return [date.isoformat() for date in asyncio.run(schedule.get_dates(request["n"], start, end))]


for line in sys.stdin:
    answer: dict[str, Any]
    try:
        answer = {"dates": dates_of(json.loads(line))}
    except Exception as error:
        answer = {"error": type(error).__name__}
    print(json.dumps(answer), flush=True)
