"""Exit with success if a server listens at each address: `reachable.py postgres://... redis://...`."""

import socket
import sys
from urllib.parse import urlsplit

for address in sys.argv[1:]:
    parts = urlsplit(address)
    port = parts.port or {"redis": 6379}.get(parts.scheme, 5432)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", port), timeout=5).close()
    except OSError as error:
        sys.exit(f"{parts.hostname}:{port} does not answer: {error}")
