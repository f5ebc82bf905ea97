"""A command of ours that another of ours types: its words, and what of the caller's environment it is given."""

import sys

from commands.checkout import ROOT
from groundwork.shell.environment import fetching_environment


def inv_argv(*arguments: str) -> tuple[str, ...]:
    """The command line, past the launcher: its work is done when we run."""
    return (sys.executable, "-P", "-m", "commands", *arguments)


def inv_environment() -> dict[str, str]:
    """What the command needs to fetch what it lacks; neither CITYOPS_SETTINGS nor CITYOPS_LAB: it means the lab."""
    return {"PYTHONPATH": str(ROOT), **fetching_environment()}
