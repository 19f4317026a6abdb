"""HTTP and websockets of a small installation: `uvicorn config.web_asgi:application`.

Heavy requests are forwarded to another process (`config.heavy`), or handled here if that process is not running.
"""

from config import asgi
from config.forwarding import forward, heavy_socket
from config.heavy_requests import LARGE, account_of, is_busy, running
from core.rest.asgi_bodies import LARGEST, Receive, Scope, Send, with_body
from core.rest.rate_limits import counters

_heavy = heavy_socket()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await with_body(_http, scope, receive, send)
        return
    if scope["type"] == "lifespan":
        counters.share_in_file()  # shared with the process for heavy requests
    await asgi.application(scope, receive, send)


async def _http(scope: Scope, receive: Receive, send: Send) -> None:
    account = account_of(scope["path"])
    if account and _is_heavy(scope, account) and await forward(_heavy, scope, receive, send):
        return
    with running(account):
        await asgi.handle_http(scope, receive, send)


def _is_heavy(scope: Scope, account: str) -> bool:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    size = int(length) if length.isdigit() and len(length) < 20 else 0
    if size > LARGEST or b"transfer-encoding" in headers:  # such a request is refused before its body is read
        return False
    return size >= LARGE or is_busy(account)
