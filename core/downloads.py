"""Streaming downloads, of which one account and all accounts together have only a few at once in each process.

Each occupies a thread until the client has read it.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.http import StreamingHttpResponse

MOST_OF_ACCOUNT, MOST = 2, 5
RETRY_SECONDS = 5

_lock = threading.Lock()
running: Counter[UUID] = Counter()


class Download(StreamingHttpResponse):
    """A download, which counts as running until it is closed or `stop_counting` is called."""

    account_id: UUID | None = None

    def close(self) -> None:
        super().close()
        self.stop_counting()

    def stop_counting(self) -> None:
        """Release the download's place. Call it for a download that is not sent: closing it would end the request."""
        account_id, self.account_id = self.account_id, None
        if account_id is not None:
            with _lock:
                running[account_id] -= 1
                if not running[account_id]:
                    del running[account_id]


def counted_download(account_id: UUID, chunks: Iterator[str] | Iterator[bytes], content_type: str) -> Download | None:
    """Return a response that streams the chunks, or None while there are too many downloads."""
    with _lock:
        if running[account_id] >= MOST_OF_ACCOUNT or running.total() >= MOST:
            return None
        running[account_id] += 1
    response = Download(chunks, content_type=content_type)
    response.account_id = account_id
    return response
