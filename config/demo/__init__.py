"""A small company with a week behind it, so that a newcomer and the screenshot script see real pages at once."""
