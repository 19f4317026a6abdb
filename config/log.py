"""Where log lines go, and which."""

from typing import Any


def logging_config(level: str) -> dict[str, Any]:
    """Return the configuration for Python's logging: everything to the console, from `level` on by default."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "class": "core.log_format.MaskingFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # Refusals (4xx) are the caller's affair; failures are logged.
        "loggers": {
            "bailiwick": {"level": "INFO"},
            # No handlers of its own: Django's would also mail failures, with addresses and settings in them.
            "django": {"level": "INFO", "handlers": []},
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # a refusal, too, and with a traceback
        },
    }
