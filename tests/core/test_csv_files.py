"""CSV that a spreadsheet opens without running anything."""

import csv
import io

import pytest

from core.csv_files import csv_text

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_rows_are_read_back() -> None:
    rows: list[list[object]] = [["name", "message"], ["a,b", 'say "hi"\nand bye'], ["", 7]]
    assert list(csv.reader(io.StringIO(csv_text(rows)))) == [
        ["name", "message"],
        ["a,b", 'say "hi"\nand bye'],
        ["", "7"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_cell_that_would_be_a_formula_is_text(start: str) -> None:
    [[cell]] = csv.reader(io.StringIO(csv_text([[f"{start}cmd()"]]), newline=""))
    assert cell == f"'{start}cmd()"


def test_numbers_and_other_words_stay_as_they_are() -> None:
    assert csv_text([[-1, "a=b", "1-2"]]) == "-1,a=b,1-2\r\n"
