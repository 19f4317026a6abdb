"""The list of keyboard shortcuts, and the setting that turns single-key shortcuts off."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.pages import PersonRequest, signed_in

COOKIE = "bailiwick_shortcuts"
OFF = "off"
_YEAR = 365 * 24 * 3600


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def shortcuts(request: PersonRequest) -> HttpResponse:
    """List the shortcuts. POST stores in a cookie whether single-key shortcuts are on (WCAG 2.1.4)."""
    if request.method == "POST":
        response = redirect("shortcuts")
        if request.POST.get("shortcuts") == OFF:
            response.set_cookie(COOKIE, OFF, max_age=_YEAR, samesite="Lax", httponly=True)
        else:
            response.delete_cookie(COOKIE)
        return response
    template = "accounts/_shortcuts.html" if "X-Palette" in request.headers else "accounts/shortcuts.html"
    return render(request, template)
