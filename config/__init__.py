"""The top floor: settings, addresses, and what starts the processes."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
