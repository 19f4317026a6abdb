"""Sign, check, print and keep the report of a proof."""

import json
from typing import Any

from django.utils import timezone

from auditlog import signing
from config.models import IsolationReport

_SHOWN_PROBLEMS = 20


def signed(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report with its signature by the key of this installation's audit log."""
    key = signing.current_key()
    public = bytes(key.public_key).hex()
    signature = signing.sign(_message(report), key).hex()
    return {"report": report, "key": key.id, "public_key": public, "signature": signature}


def is_genuine(document: Any) -> bool:
    """Return whether this installation has signed the document, and nobody has changed it since."""
    try:
        public = signing.trusted_public_keys().get(document["key"])
        return public is not None and signing.verify(
            public, _message(document["report"]), bytes.fromhex(document["signature"])
        )
    except (KeyError, TypeError, ValueError):
        return False


def keep(report: dict[str, Any]) -> None:
    """Keep what the start page of the admin shows, in place of the last report."""
    wall = report["wall"]
    values = {
        "finished_at": timezone.now(), "operations": report["operations"], "pages": report["pages"],
        "requests": report["requests"], "switched_off": report["switched_off"] if wall else 0,
        "leaks": report["leaks"], "passed": not report["problems"], "quick": report["quick"],
    }  # fmt: skip
    IsolationReport.objects.update_or_create(id=IsolationReport.ONLY, defaults=values)


def text(report: dict[str, Any]) -> str:
    """Return the summary for people."""
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    lines = [
        versions,
        f"Tried {report['operations']} operations, {report['pages']} pages and {report['websockets']} websockets as "
        f"{len(report['roles'])} roles, with {report['requests']:,} requests in {report['seconds']:.0f} seconds.",
    ]
    if report["wall"]:
        lines.append(
            f"Row-level security: switched off {report['switched_off']} filters by tenant, one at a time. Without it, "
            f"{report['let_through_without_wall']} of these mistakes would have reached foreign data. "
            f"In tables without a policy, {report['let_through_without_policy']} of {report['without_policy']} would."
        )
    else:
        lines.append("There is no row-level security on this database. Nothing was switched off.")
    problems = report["problems"]
    lines += [f"  {problem}" for problem in problems[:_SHOWN_PROBLEMS]]
    lines += [f"  and {len(problems) - _SHOWN_PROBLEMS} more"] if len(problems) > _SHOWN_PROBLEMS else []
    lines.append(f"Leaks: {report['leaks']}. " + ("Not proven." if problems else "No tenant reached another's data."))
    return "\n".join(lines)


def _message(report: dict[str, Any]) -> bytes:
    return b"bailiwick isolation report\n" + json.dumps(report, sort_keys=True, separators=(",", ":")).encode()
