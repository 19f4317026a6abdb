"""Store cached values in Redis as JSON. Pickle, Django's default, can run code that the stored bytes name."""

import json
from typing import Any


class JsonSerializer:
    """A serializer for Django's `RedisCache`. Integers are plain numbers in JSON, so Redis can increment them."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
