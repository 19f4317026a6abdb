"""What Redis holds is read as data, never run."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads

from config.celery import app
from core.cache import JsonSerializer


class Payload:
    """An object whose unpickling makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_pickled_value_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        JsonSerializer().loads(pickle.dumps(Payload(tmp_path / "mark")))
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("value", ["", "/account/1 ü", 5, True, None, [1.5, 2.5], {"a": [1]}])
def test_what_the_site_keeps_comes_back_as_it_was(value: Any) -> None:
    assert JsonSerializer().loads(JsonSerializer().dumps(value)) == value


def test_cache_in_redis_runs_nothing_and_counts(tmp_path: Path) -> None:
    cache = caches["default"]
    if not isinstance(cache, RedisCache):
        pytest.skip("there is no Redis here")
    client = cache._cache.get_client()
    client.set(cache.make_key("planted"), pickle.dumps(Payload(tmp_path / "mark")))
    with pytest.raises(ValueError):
        cache.get("planted")
    assert not (tmp_path / "mark").exists()
    cache.set("count", 1)
    assert (cache.incr("count"), cache.get("count")) == (2, 2)


def test_tasks_and_sessions_are_json(tmp_path: Path) -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert (app.conf.accept_content, app.conf.task_serializer) == (["json"], "json")
    kind, encoding, body = dumps(Payload(tmp_path / "mark"), serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(body, kind, encoding, accept={"application/json"})
    assert not (tmp_path / "mark").exists()
