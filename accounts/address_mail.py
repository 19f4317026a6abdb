"""Mail that is caused by a request to change the email address of an account."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.core.internal import ratelimit

from accounts.pages import PersonRequest
from accounts.services.account_mail import queue_account_mail
from accounts.services.addresses import is_confirmed
from accounts.services.mail_text import printable_address
from accounts.services.new_address import is_taken

_REQUESTS = {"change_address": "5/10m/key"}
_LINKS = {"new_address": "1/3m/key"}


def may_request_change(request: PersonRequest) -> bool:
    """Count a request to change the address. Returns False above five in ten minutes."""
    return _consume(request, "change_address", _REQUESTS, str(request.user.pk))


def mail_new_address(request: PersonRequest, address: EmailAddress) -> bool:
    """Mail the link that confirms the new address. Returns False if this was done in the last three minutes.

    Count by row: a link of an earlier row no longer works, so the person needs a new one.
    If another account has the address, its owner is told so instead. The caller does not learn which mail was sent.
    """
    if not _consume(request, "new_address", _LINKS, str(address.pk)):
        return False
    adapter = get_adapter(request)
    confirmation = get_emailconfirmation_model().create(address)
    link = adapter.get_email_confirmation_url(request, confirmation)
    if is_taken(address.email, by_other_than=request.user):
        adapter.send_account_already_exists_mail(address.email)
    else:
        adapter.send_mail("account/email/new_address", address.email, {"activate_url": link})
    return True


def mail_old_address(request: PersonRequest, address: EmailAddress) -> None:
    """Notify the current email address of the request.

    The new address is named in the mail only if the current one was confirmed.
    """
    confirmed = is_confirmed(request.user)
    shown = (printable_address(address.email) or "another address") if confirmed else ""
    queue_account_mail("address_change_requested", request.user.email, confirmed=confirmed, new_email=shown)


def _consume(request: PersonRequest, action: str, config: dict[str, str], key: str) -> bool:
    # Private API of allauth, as is the limit on known browsers in `accounts.adapter`.
    return bool(ratelimit.consume(request, app="accounts", action=action, config=config, key=key))
