"""The process for heavy requests of a small installation: `uvicorn config.heavy:application`.

It runs at low priority and listens on a Unix socket. `config.web_asgi` chooses its requests.
"""

import contextlib
import os
from pathlib import Path

from config.asgi import application
from core.rest.rate_limits import counters

__all__ = ["application"]

counters.share_in_file()
os.nice(19)
# Linux may weigh whole sessions against each other (autogroup). This process leads its own session: lower its weight.
with contextlib.suppress(OSError):
    Path("/proc/self/autogroup").write_text("19")
