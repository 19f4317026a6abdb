"""Form fields for the variables of a job template. Each holds the default of a variable."""

from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError

from core.json_text import json_text, parse_json
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody

PREFIX = "variable-"
MOST_FIELDS = 60  # the others are edited as JSON
_LONGEST = 20_000  # characters of a default
_NUMBERS: dict[str, type[forms.Field]] = {"integer": forms.IntegerField, "number": forms.FloatField}
_MONO = {"class": "mono", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


def variables_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return those variables of a template that a form can show, by name."""
    properties = template.get("variables", {}).get("properties", {})
    known = {name: schema for name, schema in properties.items() if isinstance(schema, dict)}
    return dict(list(known.items())[:MOST_FIELDS])


def variable_fields(template: dict[str, Any]) -> dict[str, forms.Field]:
    """Return a field for each variable of a template."""
    return {f"{PREFIX}{name}": _field(name, schema) for name, schema in variables_of(template).items()}


def with_defaults(template: dict[str, Any], form: forms.Form) -> dict[str, Any]:
    """Return the template with those defaults that were changed in a valid form. An empty field takes its away."""
    variables = variables_of(template)
    changed = {
        name: value
        for name, schema in variables.items()
        if (value := form.cleaned_data.get(f"{PREFIX}{name}")) != _initial_value(schema)
    }
    properties = dict(template.get("variables", {}).get("properties", {}))
    for name, value in changed.items():
        properties[name] = {key: part for key, part in properties[name].items() if key != "default"}
        if value is not None:
            properties[name]["default"] = value
    return {**template, "variables": {**template["variables"], "properties": properties}} if changed else template


class TextField(forms.CharField):
    """Text as it was typed. Empty is None. Browsers send their own line breaks."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n") or None


class JsonField(forms.CharField):
    """Any JSON value. Empty is None."""

    widget = forms.Textarea(attrs={**_MONO, "rows": 3})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_json(reject_unstorable_json(text.encode()).decode())
        except (orjson.JSONDecodeError, InvalidBody):
            raise ValidationError('Enter valid JSON, such as {"key": "value"} or [1, 2].') from None


class ScalarField(forms.ChoiceField):
    """One of the values that a schema lists, or none."""

    def __init__(self, values: list[Any], labels: list[str] | None = None, **options: Any) -> None:
        self.values = {json_text(value): value for value in values}
        named = zip(self.values, labels or [str(value) for value in values], strict=False)
        super().__init__(choices=[("", "Not set"), *named], **options)

    def clean(self, value: Any) -> Any:
        return self.values.get(super().clean(value))


def _field(name: str, schema: dict[str, Any]) -> forms.Field:
    options: dict[str, Any] = {
        "label": _text(schema.get("title")) or name.replace("_", " ").capitalize(),
        "help_text": "",
        "required": False,
    }
    default, kind = schema.get("default"), schema.get("type")
    field: forms.Field
    values: Any = schema.get("enum")
    if _are_choices(values, default):
        field = ScalarField(values, **options, initial=_as_choice(default))
    elif kind == "boolean" and isinstance(default, bool | None):
        field = ScalarField([True, False], ["Yes", "No"], **options, initial=_as_choice(default))
    elif kind in _NUMBERS and _is_number(default):
        field = _NUMBERS[kind](**options, initial=default)
    elif kind == "string" and isinstance(default, str | None):
        field = TextField(**options, initial=default, max_length=_LONGEST, strip=False)
        if isinstance(default, str) and "\n" in default:
            field.widget = forms.Textarea(attrs={**_MONO, "rows": 4})
    else:
        pretty = "" if default is None else json_text(default, indent=True)
        field = JsonField(**options, initial=pretty, max_length=_LONGEST)
    field.help_text = _text(schema.get("description"))
    return field


def _initial_value(schema: dict[str, Any]) -> Any:
    """Return what an unchanged field for this variable yields. A default of "" looks like no default in a form."""
    default = schema.get("default")
    return None if default == "" else default


def _are_choices(values: Any, default: Any) -> bool:
    """Return whether a list of choices can show these values and the default."""
    plain = isinstance(values, list) and all(isinstance(value, str | int | float) for value in values)
    return plain and (default is None or default in values)


def _as_choice(default: Any) -> str | None:
    return None if default is None else json_text(default)


def _is_number(default: Any) -> bool:
    return default is None or (isinstance(default, int | float) and not isinstance(default, bool))


def _text(value: Any) -> str:
    return value[:500] if isinstance(value, str) else ""
