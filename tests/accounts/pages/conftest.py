from typing import Any

import pytest


@pytest.fixture
def mailing(settings: Any) -> None:
    """Let the server send mail, without requiring that addresses are confirmed."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
