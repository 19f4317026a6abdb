"""The attacker of `hostile_neighbour.py`: a process that repeats the worst requests that a tenant can send.

It runs at low priority, builds each body once and keeps a pace, so that the measurement beside it shows the work of the
server and not that of the attacker. It reads its options from standard input and prints the responses that it got, both
as JSON.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPException

from hostile_attacks import ATTACKS, Tenant
from websockets.exceptions import ConnectionClosed, InvalidStatus


def repeat(tenant: Tenant, attack: str, per_second: float, step: Callable[[], object]) -> None:
    """Repeat the step at this pace, or slower if the server is slower, and count the results."""
    while time.monotonic() < tenant.until:
        started = time.monotonic()
        try:
            tenant.count(attack, step())
        except InvalidStatus as error:
            tenant.count(attack, error.response.status_code)
        except ConnectionClosed as error:
            tenant.count(attack, f"closed {error.rcvd.code if error.rcvd else 'abruptly'}")
        except (OSError, HTTPException, TimeoutError) as error:
            tenant.count(attack, type(error).__name__)
        time.sleep(max(0.0, started + 1 / per_second - time.monotonic()))


def main() -> None:
    os.nice(10)
    options = json.load(sys.stdin)
    tenant = Tenant(options["api_url"], options["key"], time.monotonic() + options["seconds"] + 2)
    steps = {name: ATTACKS[name][0](tenant) for name in options["attacks"]}
    print("ready", flush=True)
    tenant.until = time.monotonic() + options["seconds"]
    threads = [
        threading.Thread(target=repeat, args=(tenant, name, ATTACKS[name][2], step), daemon=True)
        for name, step in steps.items()
        for _ in range(ATTACKS[name][1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, tenant.until + 10 - time.monotonic()))
    used = os.times()
    print(json.dumps({"results": tenant.results, "cpu_seconds": used.user + used.system}), flush=True)
    os._exit(0)  # without waiting for threads that wait for the server


if __name__ == "__main__":
    main()
