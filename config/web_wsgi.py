"""HTTP of an installation: `granian --interface wsgi config.web_wsgi:application`.

The proxy sends requests with large bodies to the processes for heavy requests. For other heavy requests, this
application responds with the header X-Accel-Redirect, with which nginx sends them there too. A proxy that supports this
says so in the header OFFER.
"""

from collections.abc import Iterable
from typing import Any

from config.heavy_requests import account_of, is_busy, running
from config.wsgi import application as _application

OFFER = "HTTP_X_BAILIWICK_HEAVY"  # deploy/nginx.conf sets it and overwrites what the client sent


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    account = account_of(environ["PATH_INFO"])
    if account and environ.get(OFFER) == "offered" and is_busy(account):
        environ["wsgi.input"].read()  # at most LARGE bytes; an unread body would close the proxy's connection
        start_response("200 OK", [("X-Accel-Redirect", "@heavy")])
        return []
    with running(account):
        return _application(environ, start_response)
