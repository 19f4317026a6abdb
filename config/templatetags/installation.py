"""The template tags of the start page of the admin."""

from django import template

from config.installation_state import MOST_A_DAY, MOST_WAITING, InstallationState
from config.installation_state import installation_state as read_state

register = template.Library()


@register.simple_tag
def installation_state() -> InstallationState:
    return read_state()


@register.filter
def waiting_count(number: int) -> str:
    """Show a number that was counted up to MOST_WAITING."""
    return _at_most(number, MOST_WAITING)


@register.filter
def day_count(number: int) -> str:
    """Show a number that was counted up to MOST_A_DAY."""
    return _at_most(number, MOST_A_DAY)


def _at_most(number: int, most: int) -> str:
    return f"more than {most:,}" if number > most else f"{number:,}"
