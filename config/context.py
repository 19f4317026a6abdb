"""What every page may show of the installation itself."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "public_url": settings.PUBLIC_URL,
        "api_base": f"{settings.PUBLIC_URL}/api",
        "open_registration": settings.OPEN_REGISTRATION,
    }
