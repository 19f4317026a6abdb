"""The form of a variable."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import ValidationError as DoesNotFit

from core.json_text import json_text
from core.rest.bodies import reject_unstorable_json
from core.rest.errors import InvalidBody
from core.rest.parsing import adapter_of
from core.rest.shapes import MOST_TAGS
from workspaces.variables.models import NAME_LENGTH, Variable
from workspaces.variables.schemas import Value, check_name

_LONGEST_PRETTY = 20_000  # characters; lists in lists can be indented to a megabyte
_QUOTES = "Put text in double quotes."
_MONO: dict[str, Any] = {"class": "mono", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class VariableForm(forms.Form):
    """The form sends the values that it was shown with, so that `changed_data` has only what the person edited."""

    name = forms.CharField(
        show_hidden_initial=True,
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs=_MONO),
        help_text="Lowercase letters, numbers, dashes and underscores.",
    )
    value = forms.CharField(
        show_hidden_initial=True,
        max_length=50_000,
        label="Value (JSON)",
        widget=forms.Textarea(attrs={**_MONO, "rows": 8}),
        help_text=f'For example "text", 42, true, [1, 2] or {{"key": "value"}}. {_QUOTES}',
    )
    tags = forms.CharField(show_hidden_initial=True, max_length=5_000, required=False, help_text="Separated by commas.")

    def clean_name(self) -> str:
        try:
            return check_name(self.cleaned_data["name"])
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean_value(self) -> Any:
        """Return the parsed JSON. The rules are those of the API."""
        shape: Any = Value
        try:
            return adapter_of(shape).validate_json(reject_unstorable_json(self.cleaned_data["value"].encode()))
        except DoesNotFit as error:
            problem: Any = error.errors()[0]
        except InvalidBody as error:
            problem = error.details[0]
        message = problem["msg"].removeprefix("Value error, ")
        raise ValidationError(f"{message}. {_QUOTES}" if problem["type"] == "json_invalid" else message)

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()))
        if len(tags) > MOST_TAGS:
            raise ValidationError(f"A variable can have at most {MOST_TAGS} tags here.")
        return tags


def initial_values(variable: Variable) -> dict[str, str]:
    """Return the initial values of the form's fields for a variable."""
    return {"name": variable.name, "value": pretty_json(variable.value), "tags": ", ".join(variable.tags)}


def pretty_json(value: Any) -> str:
    """Return a value as indented JSON, or in one line if the indentation would make it much longer."""
    pretty = json_text(value, indent=True)
    return pretty if len(pretty) <= _LONGEST_PRETTY else json_text(value)
