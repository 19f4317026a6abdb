"""Fields and forms that check names."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from core.names import LENGTH, check_name

if TYPE_CHECKING:
    _Base = forms.BaseForm
else:
    _Base = object


class NameField(forms.CharField):
    """A name that follows `core.names`."""

    default_validators = [check_name]

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LENGTH, **options)


class CheckedNames(_Base):
    """A mixin for model forms that validates changed names.

    An existing invalid name may stay, so that operators can still suspend its owner.
    """

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        for field in {"name", "first_name", "last_name"} & set(self.changed_data) & self.cleaned_data.keys():
            try:
                check_name(self.cleaned_data[field])
            except ValidationError as error:
                self.add_error(field, error)
        return data
