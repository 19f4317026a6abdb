"""Arrays of objects as rows of fields, which grow and shrink."""

from collections.abc import Iterator, Mapping, Sequence

from core.schema_forms.fields import MOST_ROWS, Field

COUNT = "-rows"  # ends the name of the hidden control with the number of rows
_MOST_FIELDS = 300  # in all rows of a form together


def resize_rows(fields: Sequence[Field], data: Mapping[str, str]) -> None:
    """Give each array as many rows as the form that was sent has."""
    left = _MOST_FIELDS
    for field in _arrays(fields):
        text = data.get(field.name + COUNT, "")
        wanted = min(int(text), MOST_ROWS) if text.isdecimal() and len(text) < 5 else 0
        del field.children[wanted:]
        while len(field.children) < wanted and left > 0:
            _append(field)
            left -= 1 + len(field.children[-1].children)


def change_rows(fields: Sequence[Field], *, add: str = "", remove: str = "") -> bool:
    """Add a row to the array with this name, and remove the row with this name. Return whether there was one."""
    for field in _arrays(fields):
        if add == field.name and len(field.children) < MOST_ROWS:
            _append(field)
            return True
        for place, row in enumerate(field.children):
            if remove == row.name:
                del field.children[place]
                for number in range(place, len(field.children)):
                    _move(field, field.children[number], number)
                return True
    return False


def _arrays(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        if field.kind == "rows":
            yield field
        elif field.kind == "group":
            yield from _arrays(field.children)


def _append(field: Field) -> None:
    assert field.new_row is not None
    field.children.append(field.new_row(len(field.children)))


def _move(field: Field, row: Field, number: int) -> None:
    """Make a row the one with this number, keeping what was typed into it."""
    depth = len(field.path)
    row.label = field.row_label(number)

    def rename(each: Field) -> None:
        each.path = (*each.path[:depth], str(number), *each.path[depth + 1 :])
        for child in each.children:
            rename(child)

    rename(row)
