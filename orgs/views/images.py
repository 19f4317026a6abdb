"""The pictures of accounts."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from accounts.models import AccountImage
from accounts.pages import PersonRequest, signed_in
from orgs.account_restrictions import refusal
from orgs.queries import account_access

_YEAR = 365 * 24 * 3600


@signed_in
@require_safe
def image(request: PersonRequest, account_id: UUID) -> HttpResponse:
    """Return the picture of an account that the user belongs to.

    URLs of pictures contain when the picture was changed, so browsers may cache them for long. The user's own picture
    is not subject to restrictions of the account, because every page shows it in the menu.
    """
    access = account_access(request.user, account_id)
    if access is None:
        raise Http404
    if access.account.user_id != request.user.id and (refused := refusal(request, access.account)) is not None:
        return refused
    image_row = AccountImage.objects.filter(account=account_id).first()
    if image_row is None:
        raise Http404
    response = HttpResponse(bytes(image_row.content), content_type=image_row.content_type)
    patch_cache_control(response, private=True, max_age=_YEAR, immutable=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response
