"""What a process of ours that a test starts is given: where our packages are, and how its coverage is measured."""

from commands.checkout import ROOT
from groundwork.shell.environment import caller_variables

_MEASURED = "COVERAGE_PROCESS_CONFIG"  # what coverage.py tells the processes that are to be measured too


def own_environment(**more: str) -> dict[str, str]:
    """The environment of such a process; without coverage being measured, PYTHONPATH alone."""
    return {"PYTHONPATH": str(ROOT), **caller_variables(_MEASURED), **more}
