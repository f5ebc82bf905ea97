"""The command line's beginning: `python -m commands`, which the launcher `inv` runs."""

import sys

from commands.program import main

sys.exit(main(sys.argv[1:]))
