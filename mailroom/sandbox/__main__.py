"""`python -m mailroom.sandbox`: the same as `python -m mailroom sandbox`, importing only what that needs."""

import argparse

from mailroom.privacy.error_boundary import guard_process
from mailroom.sandbox import command

guard_process()
parser = argparse.ArgumentParser(prog="python -m mailroom.sandbox")
command.add_arguments(parser)
raise SystemExit(command.run(parser.parse_args()))
