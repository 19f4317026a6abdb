"""HTTP, for the web processes of an installation: `granian --interface wsgi config.wsgi:application`."""

import gc
import os
import sys
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from core.db import policies, tenants

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The interpreter switches threads after 0.5 ms instead of 5, because a short request waits for its turn several times.
sys.setswitchinterval(0.0005)

# Only web processes end slow queries. Migrations, commands and background tasks take as long as they need.
connections.settings["default"]["STATEMENT_SECONDS"] = settings.STATEMENT_SECONDS
# Only web processes are bound to the tenants that a request has entered.
connections.settings["default"]["ROLE"] = policies.role_of(policies.WEB)
tenants.process.outside_requests = tenants.NONE

application = get_wsgi_application()

# Exclude modules loaded so far from garbage collection, which would hold the interpreter lock for 0.1 s each time.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
