"""What the web processes set when they start."""

import os
import subprocess
import sys

import pytest

from tests.site import ROOT

pytestmark = pytest.mark.one_database(reason="no SQL")


def test_searches_for_garbage_leave_out_what_was_loaded_at_the_start() -> None:
    """Each would otherwise hold the interpreter lock for a tenth of a second."""
    script = "import config.wsgi, gc; print(gc.get_freeze_count(), len(gc.get_objects()))"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    frozen, searched = map(int, done.stdout.split())
    assert frozen > 100_000
    assert searched < 10_000
