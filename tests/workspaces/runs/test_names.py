from unittest.mock import patch

from workspaces.runs.names import run_name


def test_name_is_two_words() -> None:
    for _ in range(200):
        assert [word.isascii() and word.isalpha() and word.islower() for word in run_name().split("-")] == [True, True]


def test_unwanted_words_are_drawn_again() -> None:
    with patch("workspaces.runs.names.generate", side_effect=[["naughty", "otter"], ["brisk", "otter"]]):
        assert run_name() == "brisk-otter"
