"""`python -m mailroom.sandbox OPTIONS`: the sandbox as the child of a run.

`mailroom.sandbox.launcher` starts it. OPTIONS is a `SandboxOptions` as JSON. People use `mailroom sandbox`.
"""

import sys

from mailroom.privacy.error_boundary import guard_process
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.process import run_as_child

guard_process()
raise SystemExit(run_as_child(SandboxOptions.model_validate_json(sys.argv[1])))
