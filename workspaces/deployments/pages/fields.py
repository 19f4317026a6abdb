"""Fields that forms of deployments share: JSON objects, tags and time zones."""

from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError

from core.json_text import parse_json
from core.pages.time_zones import time_zone_choices
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody
from core.rest.shapes import MOST_TAGS

LONGEST_JSON = 600_000  # bytes
_MONO: dict[str, Any] = {"class": "mono", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class JsonObjectField(forms.CharField):
    """A JSON object. Empty text is an empty object."""

    def __init__(self, rows: int = 6, **options: Any) -> None:
        widget = forms.Textarea(attrs={**_MONO, "rows": rows})
        super().__init__(required=False, max_length=LONGEST_JSON, widget=widget, **options)

    def clean(self, value: Any) -> dict[str, Any]:
        """Return the object. Raises `ValidationError` if the text is something else."""
        text = super().clean(value)
        return parse_object(text) if text else {}


class TagsField(forms.CharField):
    """Tags separated by commas."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=5_000, help_text="Separated by commas.", **options)

    def clean(self, value: Any) -> list[str]:
        """Return the tags, each once."""
        tags = list(dict.fromkeys(tag.strip() for tag in super().clean(value).split(",") if tag.strip()))
        if len(tags) > MOST_TAGS:
            raise ValidationError(f"At most {MOST_TAGS} tags are possible here.")
        return tags


def mono(**attributes: Any) -> dict[str, Any]:
    """Return the attributes of a field for code."""
    return {**_MONO, **attributes}


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a text. Raises `ValidationError` if it is something else, or cannot be stored."""
    try:
        value = parse_json(reject_unstorable_json(text.encode()).decode())
    except orjson.JSONDecodeError as error:
        raise ValidationError(f"This is not JSON: {error}") from None
    except InvalidBody as error:
        raise ValidationError(str(error.details[0]["msg"])) from None
    if not isinstance(value, dict):
        raise ValidationError('Write an object, such as {"name": "value"}.')
    return value


def time_zones(*others: str) -> list[Any]:
    """Return the choices of a select with time zones: UTC and `others` first, then all by area."""
    first = list(dict.fromkeys(["UTC", *(name for name in others if name)]))
    areas = [(area, [(name, name.replace("_", " ")) for name in names]) for area, names in time_zone_choices()]
    return [*((name, name) for name in first), *areas]
