"""Errors about a schema or a value that was refused."""

_LONGEST = 1_000


class InvalidSchema(Exception):
    """The schema cannot be used, or checking the value against it would cost too much."""

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message))


class SchemaNotJson(InvalidSchema):
    """The schema is not JSON."""


class CircularSchema(InvalidSchema):
    """References of the schema lead to each other without end."""

    def __init__(self) -> None:
        super().__init__("Unable to validate schema with circular references.")


class InvalidValue(Exception):
    """The value does not match the schema. `field` is the place, such as `a.b[1]`, or empty for the whole value."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(shortened(message))
        self.field = shortened(field)


def shortened(text: str) -> str:
    """Return a shortened message: messages quote the value, which may be large."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
