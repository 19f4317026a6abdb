"""HTTP and websockets in one process, for the small installation: `uvicorn config.asgi:application`."""

from typing import Any

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi_application

_http = WSGIMiddleware(wsgi_application, workers=10)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4404})
