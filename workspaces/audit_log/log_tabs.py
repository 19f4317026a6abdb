"""The tabs of the audit log's pages."""

from accounts.models import Account
from orgs.pages import account_address

_TABS = (("audit-log", "Entries"), ("audit-log-exports", "Exports"), ("audit-log-streams", "Streams"))


def log_tabs(account: Account, current: str) -> list[dict[str, object]]:
    """Return the tabs for `components/tabs.html`. `current` is the URL name of the page."""
    return [
        {"label": label, "href": account_address(account, name), "current": name == current} for name, label in _TABS
    ]
