"""The data folder is for its owner alone."""

import stat
from pathlib import Path

import pytest

from config import env


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_data_folder_is_made_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAILIWICK_DATA_DIR", str(tmp_path / "deep" / "data"))
    assert _mode(env.data_dir()) == 0o700


@pytest.mark.parametrize("inside", ["", "secret-key", "bailiwick.sqlite3"])
def test_open_data_folder_of_ours_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(0o755)
    if inside:
        (path / inside).touch()
    monkeypatch.setenv("BAILIWICK_DATA_DIR", str(path))
    assert _mode(env.data_dir()) == 0o700


@pytest.mark.parametrize(("mode", "inside"), [(0o755, "letters.txt"), (0o1777, "secret-key")])
def test_open_folder_of_others_is_left_and_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mode: int, inside: str
) -> None:
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(mode)
    (path / inside).touch()
    monkeypatch.setenv("BAILIWICK_DATA_DIR", str(path))
    assert _mode(env.data_dir()) == mode
    assert "chmod 700" in caplog.text
