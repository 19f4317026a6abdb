"""Names that have to be unique: of two writes at once, the second is refused as if it had come later."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from core.errors import Taken


@contextmanager
def refuse_taken(message: str) -> Iterator[None]:
    """Write in a savepoint. Raises `Taken` with this message if a constraint of the database refuses it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Taken(message) from error
