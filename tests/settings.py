"""The site's settings for tests inside the pytest process: nothing of it touches a developer's data folder."""

import atexit
import os
import shutil
import tempfile

if "BAILIWICK_DATA_DIR" not in os.environ:
    os.environ["BAILIWICK_DATA_DIR"] = tempfile.mkdtemp(prefix="bailiwick-tests-")
    atexit.register(shutil.rmtree, os.environ["BAILIWICK_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("BAILIWICK_PLAIN_STATIC", "true")
os.environ.setdefault("BAILIWICK_CHECK_ANSWERS", "true")
# Playwright leaves an event loop in the thread of the tests, where Django would refuse plain database calls.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from config.settings import *  # noqa: F403

CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  WhiteNoise warns of a folder that is not there
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
