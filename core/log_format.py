"""Format log lines, without secrets such as those in URLs."""

import logging

from core.masking import mask_secrets


class MaskingFormatter(logging.Formatter):
    """Mask secrets in the whole record, including its traceback. Name the request that the record is about, if any."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name that logging calls
        request_id = getattr(getattr(record, "request", None), "request_id", "")
        line = super().formatMessage(record)
        return f"{line} (request {request_id})" if request_id else line
