"""The site's settings for tests inside the pytest process: nothing of it touches a developer's data folder."""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

if "BAILIWICK_DATA_DIR" not in os.environ:
    os.environ["BAILIWICK_DATA_DIR"] = tempfile.mkdtemp(prefix="bailiwick-tests-")
    atexit.register(shutil.rmtree, os.environ["BAILIWICK_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("BAILIWICK_PLAIN_STATIC", "true")
os.environ.setdefault("BAILIWICK_CHECK_ANSWERS", "true")
os.environ.setdefault("BAILIWICK_EMAIL_VERIFICATION", "optional")  # as with a mail server
# Playwright leaves an event loop in the thread of the tests, where Django would refuse plain database calls.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from config.settings import *  # noqa: F403

if os.environ.get("REDIS_URL"):
    # A Redis database of its own for each process: limits and forms of one must not be cleared by another.
    _worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    REDIS_URL = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{14 + _worker % 2}").geturl()
    CACHES = {"default": {**CACHES["default"], "LOCATION": REDIS_URL}}  # noqa: F405
INSTALLED_APPS = [*INSTALLED_APPS, "tests.rbac.shelf"]  # noqa: F405
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
PARTITIONS_AHEAD = 0  # each partition makes emptying the tables slower
PLAN_SECONDS = 3600  # so that no test counts a query more when the seconds are over
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  WhiteNoise warns of a folder that is not there
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
