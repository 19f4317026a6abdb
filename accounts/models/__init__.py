"""People, the accounts that own workspaces, their API keys, and mail on its way."""

from accounts.models.accounts import Account, AccountImage, FormerHandle
from accounts.models.keys import ApiKey
from accounts.models.mail import OutgoingMail
from accounts.models.users import User

__all__ = ["Account", "AccountImage", "ApiKey", "FormerHandle", "OutgoingMail", "User"]
