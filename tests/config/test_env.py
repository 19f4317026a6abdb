"""Variables are read and checked, the data folder is private, and pages are served under the configured names only."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import env
from config.limits import Caps, MailLimits

pytestmark = pytest.mark.one_database(reason="about settings and files, not about rows")


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


def test_local_names_are_served_only_until_the_public_address_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BAILIWICK_URL", "BAILIWICK_ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    assert set(env.allowed_hosts("http://127.0.0.1:8000")) == {"127.0.0.1", "localhost", "[::1]"}
    monkeypatch.setenv("BAILIWICK_URL", "https://flows.example.com")
    assert env.allowed_hosts("https://flows.example.com") == ["flows.example.com"]
    assert env.allowed_hosts("http://[2001:db8::1]:8000") == ["[2001:db8::1]"]
    monkeypatch.setenv("BAILIWICK_ALLOWED_HOSTS", "flows.internal")
    assert env.allowed_hosts("https://flows.example.com") == ["flows.internal", "flows.example.com"]


def test_health_check_needs_no_host_name_of_the_site(settings: Any, db: None, caplog: pytest.LogCaptureFixture) -> None:
    settings.ALLOWED_HOSTS = ["flows.example.com"]
    for host in ("127.0.0.1:8000", "localhost", "web:8000"):
        assert Client(headers={"Host": host}).get("/api/health").status_code == 200
        assert Client(headers={"Host": host}).get("/auth/sign-in").status_code == 400
    assert Client(headers={"Host": "flows.example.com"}).get("/auth/sign-in").status_code == 200
    assert caplog.text == ""


def test_variables_are_converted_and_stripped(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"PORT": " 9000 ", "BAILIWICK_DEBUG": " Yes ", "SECRET_KEY_FALLBACKS": "one, two,,", "SMTP_USER": " me "}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = env.Variables.read()
    assert (read.PORT, read.BAILIWICK_DEBUG, read.SECRET_KEY_FALLBACKS, read.SMTP_USER) == (
        9000,
        True,
        ["one", "two"],
        "me",
    )


@pytest.mark.parametrize("blank", ["", "  "])
def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    for name in ("PORT", "BAILIWICK_OPEN_REGISTRATION", "BAILIWICK_EMAIL_VERIFICATION", "BAILIWICK_LOG_LEVEL"):
        monkeypatch.setenv(name, blank)
    monkeypatch.setenv("BAILIWICK_MAX_KEYS", blank)
    read = env.Variables.read()
    assert (
        read.PORT,
        read.BAILIWICK_OPEN_REGISTRATION,
        read.BAILIWICK_EMAIL_VERIFICATION,
        read.BAILIWICK_LOG_LEVEL,
    ) == (
        8000,
        True,
        None,
        "WARNING",
    )
    assert Caps.read().keys == 500


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        (env.Variables, "PORT", "http"),
        (env.Variables, "PORT", "0"),
        (env.Variables, "BAILIWICK_DEBUG", "perhaps"),
        (env.Variables, "BAILIWICK_HSTS_SECONDS", "-1"),
        (env.Variables, "BAILIWICK_OUTGOING_NETWORKS", "10.1.2.0/24, 10.1.2.3/24"),
        (env.Variables, "BAILIWICK_EMAIL_VERIFICATION", "sometimes"),
        (Caps, "BAILIWICK_MAX_KEYS", "many"),
        (MailLimits, "BAILIWICK_MAIL_PER_PERSON", "0"),
    ],
)
def test_invalid_value_stops_startup_with_a_message(
    monkeypatch: pytest.MonkeyPatch, group: type[env.Environment], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name}: .+, not '{value}'\.$"):
        group.read()


def test_all_invalid_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("SMTP_TLS", "perhaps")
    with pytest.raises(ImproperlyConfigured, match=r"PORT: .* SMTP_TLS: "):
        env.Variables.read()
