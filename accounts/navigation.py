"""The side navigation of a person's own pages. Add a `Section` for a new page."""

from django.http import HttpRequest
from django.urls import reverse

from core.pages.navigation import Link, Section, current_section

SECTIONS = (
    Section("profile", "Profile", "user", "", ("profile", "account_email")),
    Section("preferences", "Preferences", "sliders-horizontal", "", ("preferences",)),
    Section("security", "Security", "lock", "", ("security", "account_change_password", "my-delete")),
    Section("api-keys", "API keys", "key-round", "", ("api-key",)),
    Section("my-invitations", "Invitations", "mail", "", ("my-invitations",)),
    Section("my-trash", "Trash", "trash-2", "", ("my-trash",)),
    Section("activity", "Activity", "scroll-text", "", ("activity",)),
)


def own_navigation(request: HttpRequest) -> list[Link]:
    current = current_section(SECTIONS, request)
    return [Link(section, reverse(section.name), section is current) for section in SECTIONS]
