"""This terminal: handed over to another program, which takes our place."""

import os
from collections.abc import Sequence
from typing import NoReturn

from groundwork.errors import OutsideError


def hand_over(argv: Sequence[str]) -> NoReturn:
    """Become the program; what it ends with, we end with. Raises OutsideError when it cannot be started."""
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606 - an argument list, no shell
    except OSError as error:
        raise OutsideError(f"{argv[0]} cannot be started: {error}", hint=f"is {argv[0]} installed?") from error
