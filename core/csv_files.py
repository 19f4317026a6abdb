"""CSV files that people open in spreadsheets."""

import csv
import io
from collections.abc import Iterable

# Spreadsheets treat a cell that begins like this as a formula, some also with full-width signs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV. Prefix cells that would be formulas with a quote, which makes them text."""
    out = io.StringIO()
    csv.writer(out).writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
