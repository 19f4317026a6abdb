"""Commands in one process, as Prefect's own tests run them.

Reads a line of JSON for each, `[arguments, typed]`, and answers with one, `[exit code, output]`.
"""

import json
import sys

from prefect.testing.cli import CycloptsCliRunner

answers = sys.stdout
for line in sys.stdin:
    arguments, typed = json.loads(line)
    done = CycloptsCliRunner().invoke(arguments, input=typed)
    answers.write(json.dumps([done.exit_code, done.output]) + "\n")
    answers.flush()
