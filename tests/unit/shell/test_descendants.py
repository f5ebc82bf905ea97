"""Real processes that detach from this one's child: each is adopted and ended, whatever it did to get away."""

import sys
from pathlib import Path

from groundwork.shell.command import LocalCommands
from tests.builders.own_process import own_environment

SCRIPT = """
import subprocess, sys
from groundwork.shell.descendants import adopt_descendants, end_descendants

adopt_descendants()
deaf = "trap '' TERM; sleep 300 >&- & echo $!"
shells = ["sleep 300 >&- & echo $!", f"{deaf}; setsid sh -c 'sleep 300 >&- & echo $!'"]
for shell in shells:
    print(subprocess.run(["sh", "-c", shell], stdout=subprocess.PIPE, check=True, text=True).stdout, end="")
end_descendants()
end_descendants()
print("ended")
"""


def test_what_detached_is_adopted_and_ended_and_nothing_is_left_to_wait_for() -> None:
    argv = [sys.executable, "-c", SCRIPT]
    said = LocalCommands().run(argv, timeout_seconds=60, environment=own_environment()).stdout.split()
    *sleepers, last = said
    assert (len(sleepers), last) == (3, "ended")
    assert [pid for pid in sleepers if (Path("/proc") / pid).exists()] == []


def test_without_adoption_what_detached_gets_away() -> None:
    """The counter-proof: the same sleeper outlives a process that only ends what descends from it."""
    script = SCRIPT.replace("adopt_descendants()\n", "pass\n").replace("300", "20")
    said = LocalCommands().run([sys.executable, "-c", script], timeout_seconds=60, environment=own_environment())
    away = [pid for pid in said.stdout.split()[:-1] if (Path("/proc") / pid).exists()]
    assert len(away) == 3
    LocalCommands().run(["kill", *away], timeout_seconds=10)
