from collections.abc import Mapping
from typing import Any

from django import forms

from workspaces.retention.models import MOST_DAYS

LABELS = {
    "runs": "Flow runs",
    "events": "Events",
    "logs": "Log lines",
    "artifacts": "Artifacts",
    "audit": "Audit entries",
}
_HELP = {
    "runs": "Days from the end of a run, with its task runs, states, inputs and logs.",
    "artifacts": "This site has no artifacts yet.",
}


class DaysForm(forms.Form):
    """The days of each kind. An empty field means as many as are allowed."""

    def __init__(self, data: Any, *, kinds: tuple[str, ...], allowed: Mapping[str, int | None], **more: Any) -> None:
        super().__init__(data, **more)
        for kind in kinds:
            most = allowed[kind]
            limit = "Leave empty to keep for ever." if most is None else f"At most {most:,}. Leave empty for {most:,}."
            self.fields[kind] = forms.IntegerField(
                label=LABELS[kind],
                required=False,
                min_value=1,
                max_value=most or MOST_DAYS,
                help_text=f"{_HELP.get(kind, '')} {limit}".strip(),
            )


class HoldForm(forms.Form):
    reason = forms.CharField(max_length=500, help_text="Such as the name of the case. It is written to the audit log.")
