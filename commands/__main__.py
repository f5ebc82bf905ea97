"""The command line's beginning: `python -m commands`, which the launcher `inv` runs."""

import sys

from commands.program import main
from groundwork.shell.environment import shed_environment

shed_environment()
sys.exit(main(sys.argv[1:]))
