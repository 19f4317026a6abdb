"""Names of extensions to ASGI, with which `config/websocket_protocol.py` and the application talk to each other."""

# {"limit": callable}: change the maximum size of websocket messages, in bytes.
MESSAGE_SIZE = "bailiwick.message_size"
