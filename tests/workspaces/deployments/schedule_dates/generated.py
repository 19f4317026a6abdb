"""Random schedules, many of them near a change of the clocks."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

ZONES = [
    "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo",
    "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin", "America/St_Johns", None,
]  # fmt: skip
# Clocks change in these nights: in New York, Berlin, Dublin and on Lord Howe.
CHANGES = [datetime(2026, 3, 8), datetime(2026, 11, 1), datetime(2026, 3, 29), datetime(2026, 10, 25),
           datetime(2026, 4, 5), datetime(2026, 10, 4), datetime(2027, 3, 14), datetime(2027, 11, 7)]  # fmt: skip
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def request(random: Random) -> dict[str, Any]:
    """A schedule, and for which dates to ask."""
    start = random.choice(CHANGES).replace(tzinfo=UTC) + timedelta(minutes=random.randint(-3000, 3000))
    if random.random() < 0.3:
        start += timedelta(seconds=random.randint(0, 59), microseconds=random.randint(0, 999_999))
    end = start + timedelta(hours=random.randint(1, 2000)) if random.random() < 0.3 else None
    schedule = random.choice([interval, cron, rrule])(random, start)
    return {
        "schedule": schedule,
        "start": start.isoformat(),
        "end": end.isoformat() if end else None,
        "n": random.choice([None, 1, 3, 10, 50]),
    }


def interval(random: Random, start: datetime) -> dict[str, Any]:
    unit = random.choice([1, 60, 3600, 43200, 86400, 86400, 604800])
    anchor = random.choice(CHANGES) + timedelta(minutes=random.randint(-300_000, 300_000))
    offset = random.choice(["Z", "-05:00", "+05:45", ""])
    return {
        "interval": unit * random.choice([1, 1, 1, 2, 3, 5, 7, 1.5, 90]),
        "anchor_date": anchor.isoformat() + offset,
        "timezone": random.choice(ZONES),
    }


def cron(random: Random, start: datetime) -> dict[str, Any]:
    fields = [
        random.choice(["0", "30", "*/15", "*", "5,35", "10-20/5"]),
        random.choice(["*", "2", "1", "1-3", "*/6", "9", "0", "23"]),
        random.choice(["*", "*", "*", "1", "l", "29", "*/5", "1,15"]),
        random.choice(["*", "*", "*", "3", "2,11", "jan-jun"]),
        random.choice(["*", "*", "*", "1", "sun", "mon-fri", "0,6", "fri#2", "l5"]),
    ]
    if random.random() < 0.1:
        fields.append(random.choice(["0", "*/20", "7"]))
    line = random.choice(["@daily", "@hourly", "@weekly"]) if random.random() < 0.05 else " ".join(fields)
    return {"cron": line, "timezone": random.choice(ZONES), "day_or": random.random() < 0.8}


def rrule(random: Random, start: datetime) -> dict[str, Any]:
    frequency = random.choice(["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    rule = _rule(random, frequency)
    lines = [f"RRULE:{rule}"]
    if frequency in {"SECONDLY", "MINUTELY"}:  # the server takes a long time if they begin long ago
        begin = start - timedelta(minutes=random.randint(-60, 90))
        lines.insert(0, f"DTSTART:{begin:%Y%m%dT%H%M%S}")
    elif random.random() < 0.5:
        begin = start - timedelta(minutes=random.randint(-10_000, 500_000))
        lines.insert(0, f"DTSTART:{begin:%Y%m%dT%H%M%S}")
    if random.random() < 0.15:
        day = random.choice(CHANGES)
        lines += [f"EXDATE:{day:%Y%m%dT%H%M%S}", f"RDATE:{day + timedelta(hours=2, minutes=30):%Y%m%dT%H%M%S}"]
    if random.random() < 0.1:
        lines.append("EXRULE:FREQ=WEEKLY;BYDAY=SU")
    # The library with which the Prefect server reads rules takes an hour's dates away when Dublin's clocks change.
    zones = [zone for zone in ZONES if zone and zone != "Europe/Dublin"]
    return {"rrule": "\n".join(lines), "timezone": random.choice(zones)}


def _rule(random: Random, frequency: str) -> str:
    parts = [f"FREQ={frequency}"]
    if random.random() < 0.5:
        parts.append(f"INTERVAL={random.choice([1, 2, 3, 7, 15])}")
    if random.random() < 0.3 and frequency != "SECONDLY":
        parts.append(f"BYDAY={','.join(random.sample(WEEKDAYS, random.randint(1, 3)))}")
    if random.random() < 0.3 and frequency != "SECONDLY":
        parts.append(f"BYHOUR={random.choice(['2', '1,2,3', '9,17'])}")
    if random.random() < 0.2:
        parts.append(f"BYMINUTE={random.choice(['0', '30', '0,20,40'])}")
    if random.random() < 0.15 and frequency not in {"SECONDLY", "MINUTELY"}:
        parts.append(f"BYMONTH={random.choice(['3,11', '10', '4'])}")
    if random.random() < 0.15 and frequency in {"MONTHLY", "YEARLY"}:
        parts.append("BYMONTHDAY=" + random.choice(["1", "-1", "8,29"]))
    if random.random() < 0.15 and frequency in {"WEEKLY", "MONTHLY"}:
        parts.append("BYSETPOS=" + random.choice(["1", "-1"]))
    if random.random() < 0.2 and frequency not in {"SECONDLY", "MINUTELY"}:
        parts.append(random.choice(["COUNT=30", "COUNT=4000", "UNTIL=20270101T000000"]))
    return ";".join(parts)
