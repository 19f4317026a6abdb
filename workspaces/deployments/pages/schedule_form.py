"""The form of a schedule, which becomes one of the contract's shapes."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from pydantic import ValidationError as DoesNotFit

from workspaces.deployments.models import DeploymentSchedule
from workspaces.deployments.pages.fields import JsonObjectField, mono, time_zones
from workspaces.deployments.schedule_dates import IntervalSchedule, Schedule, parse_schedule
from workspaces.deployments.schemas.schedules import MOST_SCHEDULED_RUNS
from workspaces.variables.forms import pretty_json

CRON, INTERVAL, RRULE = "cron", "interval", "rrule"
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}


class ScheduleForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind", widget=forms.RadioSelect, choices=[(CRON, "Cron"), (INTERVAL, "Interval"), (RRULE, "RRULE")]
    )
    cron = forms.CharField(
        label="Cron line",
        required=False,
        max_length=1_000,
        widget=forms.TextInput(attrs=mono()),
        help_text="Minute, hour, day of the month, month, day of the week: 30 6 * * MON-FRI is 06:30 on working days.",
    )
    day_or = forms.BooleanField(
        label="If the line names days of the month and of the week, one of them is enough", required=False
    )
    every = forms.DecimalField(label="Every", required=False, min_value=0, max_digits=12, decimal_places=6)
    unit = forms.ChoiceField(label="Unit", required=False, choices=[(unit, unit) for unit in _UNITS])
    anchor = forms.DateTimeField(
        label="Counted from",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"],
        help_text="In the schedule's time zone. Empty: from now.",
    )
    rrule = forms.CharField(
        label="Recurrence rule",
        required=False,
        max_length=6_500,
        widget=forms.Textarea(attrs=mono(rows=3)),
        help_text="As in iCalendar, for example FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18;BYMINUTE=0",
    )
    timezone = forms.ChoiceField(label="Time zone")
    slug = forms.CharField(
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs=mono()),
        help_text="By its slug, a later deployment from code finds this schedule.",
    )
    parameters = JsonObjectField(
        rows=3, label="Parameters (JSON)", help_text="They replace the deployment's in the runs of this schedule."
    )
    max_scheduled_runs = forms.IntegerField(
        label="Runs planned ahead", required=False, min_value=1, max_value=MOST_SCHEDULED_RUNS
    )
    active = forms.BooleanField(label="Active", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones: Any = self.fields["timezone"]
        zones.choices = time_zones(self.initial.get("timezone", ""))

    def clean(self) -> dict[str, Any]:
        """Put the schedule into `schedule`."""
        data = super().clean() or {}
        if not self.errors:
            try:
                data["schedule"] = parse_schedule(self._values(data))
            except DoesNotFit as error:
                raise ValidationError(
                    {data["kind"] if data["kind"] != INTERVAL else "every": _problem(error)}
                ) from None
        return data

    def _values(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the schedule as JSON has it."""
        kind, zone = data["kind"], data["timezone"]
        if kind == INTERVAL:
            if not data["every"]:
                raise ValidationError({"every": "Say how often."})
            seconds = float(data["every"]) * _UNITS[data["unit"] or "seconds"]
            values: dict[str, Any] = {"interval": timedelta(seconds=seconds), "timezone": zone}
            if data["anchor"]:
                values["anchor_date"] = data["anchor"].replace(tzinfo=ZoneInfo(zone))
            return values
        if not data[kind]:
            raise ValidationError({kind: "This field is required."})
        extra = {"day_or": data["day_or"]} if kind == CRON else {}
        return {kind: data[kind], "timezone": zone, **extra}


def initial_values(row: DeploymentSchedule | None) -> dict[str, Any]:
    """Return the form's values for a schedule, or for a new one."""
    new = {"kind": CRON, "cron": "0 6 * * *", "day_or": True, "every": 1, "unit": "hours", "active": True}
    if row is None:
        return new | {"timezone": "UTC"}
    schedule = parse_schedule(row.schedule)
    common = {
        "timezone": schedule.timezone or "UTC",
        "slug": row.slug or "",
        "parameters": pretty_json(row.parameters) if row.parameters else "",
        "max_scheduled_runs": row.max_scheduled_runs,
        "active": row.active,
    }
    return new | {"cron": ""} | common | _schedule_values(schedule)


def _schedule_values(schedule: Schedule) -> dict[str, Any]:
    if not isinstance(schedule, IntervalSchedule):
        return {"kind": CRON if hasattr(schedule, "cron") else RRULE} | schedule.model_dump(exclude={"timezone"})
    seconds = schedule.interval.total_seconds()
    unit = next((unit for unit in reversed(_UNITS) if seconds % _UNITS[unit] == 0), "seconds")
    anchor = schedule.anchor_date.astimezone(ZoneInfo(schedule.timezone or "UTC")).replace(tzinfo=None)
    return {"kind": INTERVAL, "every": f"{seconds / _UNITS[unit]:g}", "unit": unit, "anchor": anchor}


def _problem(error: DoesNotFit) -> str:
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
