import pytest

from workspaces.account_events import reading


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a busy machine reads as much as an idle one."""
    monkeypatch.setattr(reading, "LONGEST_SECONDS", 60)
    monkeypatch.setattr(reading, "COUNTING_SECONDS", 60)
