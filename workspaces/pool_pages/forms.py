"""The forms of work pools and their queues."""

import re
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError

from core.json_text import parse_json
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody
from core.rest.shapes import plain
from workspaces.pool_pages.template_fields import variable_fields
from workspaces.work_pools.job_templates import TEMPLATE_BYTES, check_template
from workspaces.work_pools.models import WorkPool, WorkQueue
from workspaces.work_pools.priorities import HIGHEST

_LONGEST_NAME = 200
_MOST_SLOTS = 2**31 - 1
_NAME = re.compile(r"[^/%&><]+\Z")
_MONO: dict[str, Any] = {"class": "mono", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class NameField(forms.CharField):
    """A name that can stand in an address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=_LONGEST_NAME, widget=forms.TextInput(attrs=_MONO), **options)

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if not _NAME.match(name) or plain(name) != name or name.strip(".") == "":
            raise ValidationError("A name cannot contain /, %, &, < or >, and cannot consist of dots.")
        return name


class PoolFields(forms.Form):
    """What a pool has beside its name. The template's variables follow."""

    description = forms.CharField(max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    concurrency_limit = forms.IntegerField(
        min_value=0,
        max_value=_MOST_SLOTS,
        required=False,
        label="Concurrency limit",
        help_text="How many runs of the pool may run at the same time. Empty means no limit.",
    )

    def __init__(self, *args: Any, template: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.variables = variable_fields(template)
        self.fields.update(self.variables)

    @property
    def variable_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.variables]


class NewPoolForm(PoolFields):
    name = NameField(help_text="Workers are started with this name. It cannot be changed later.")

    field_order = ["name", "description", "concurrency_limit"]


class TemplateForm(forms.Form):
    template = forms.CharField(
        max_length=TEMPLATE_BYTES,
        required=False,
        label="Base job template (JSON)",
        widget=forms.Textarea(attrs={**_MONO, "rows": 28}),
        help_text="The job configuration, and the JSON Schema of its variables.",
    )

    def clean_template(self) -> dict[str, Any]:
        """Return the parsed template. The rules are those of the API."""
        text = self.cleaned_data["template"].strip() or "{}"
        try:
            template = parse_json(reject_unstorable_json(text.encode()).decode())
            if not isinstance(template, dict):
                raise ValidationError("The template must be a JSON object.")
            return check_template(template)
        except (orjson.JSONDecodeError, InvalidBody):
            raise ValidationError("This is not valid JSON.") from None
        except ValueError as error:
            raise ValidationError(str(error)) from None


class QueueForm(forms.Form):
    name = NameField()
    description = forms.CharField(max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    priority = forms.IntegerField(
        min_value=1,
        max_value=HIGHEST,
        required=False,
        help_text="Workers take runs from the queue with the smallest number first. Other queues make room.",
    )
    concurrency_limit = forms.IntegerField(
        min_value=0,
        max_value=_MOST_SLOTS,
        required=False,
        label="Concurrency limit",
        help_text="How many runs of the queue may run at the same time. Empty means no limit.",
    )


def pool_values(pool: WorkPool) -> dict[str, Any]:
    """Return the initial values of `PoolFields` for a pool."""
    return {"description": pool.description or "", "concurrency_limit": pool.concurrency_limit}


def queue_values(queue: WorkQueue) -> dict[str, Any]:
    """Return the initial values of `QueueForm` for a queue."""
    return {field: getattr(queue, field) for field in ("name", "description", "priority", "concurrency_limit")}
