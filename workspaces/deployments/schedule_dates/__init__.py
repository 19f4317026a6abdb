"""Schedules of deployments: their shapes, and the dates at which they run (docs/contract/scheduling.md, "Dates")."""

from workspaces.deployments.schedule_dates.dates import dates
from workspaces.deployments.schedule_dates.shapes import (
    CronSchedule,
    IntervalSchedule,
    RRuleSchedule,
    Schedule,
    parse_schedule,
)

__all__ = ["CronSchedule", "IntervalSchedule", "RRuleSchedule", "Schedule", "dates", "parse_schedule"]
