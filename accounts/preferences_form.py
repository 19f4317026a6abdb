"""The form of a person's preferences."""

from typing import Any

from django import forms

from accounts.models import User
from core.pages.time_zones import TimeZone, time_zone_choices

LOCAL, UTC = "local", "utc"
_BROWSER = "browser"


class PreferencesForm(forms.Form):
    """A form for the time zone, and for whether pages show times in it or in UTC.

    `browser` is the time zone of the browser, if it is known.
    """

    time_zone = forms.ChoiceField(label="My time zone")
    times = forms.ChoiceField(
        label="Show times in",
        choices=[(LOCAL, "My time zone"), (UTC, "UTC")],
        widget=forms.RadioSelect,
        help_text="You can also switch at the foot of each page.",
    )

    def __init__(self, data: Any, *, user: User, browser: TimeZone | None) -> None:
        saved = {"time_zone": user.time_zone or _BROWSER, "times": UTC if user.shows_utc else LOCAL}
        super().__init__(data, initial=saved)
        places: list[tuple[str, Any]] = [
            (area, [(name, name.replace("_", " ")) for name in names]) for area, names in time_zone_choices()
        ]
        of_browser = f"Same as the browser ({browser})" if browser else "Same as the browser"
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(_BROWSER, of_browser), ("UTC", "UTC"), *places]

    def clean_time_zone(self) -> str:
        """Return the name of the time zone, or an empty string to use the browser's."""
        name: str = self.cleaned_data["time_zone"]
        return "" if name == _BROWSER else name
