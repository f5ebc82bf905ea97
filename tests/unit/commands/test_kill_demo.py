"""A toy in the place of the demo, killed for real: which stage it had reached is what it said before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from commands.kill_demo import _kill
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands, Running


class ToyDemo(LocalCommands):
    """Starts a script where the demo would be started."""

    def __init__(self, script: str) -> None:
        self._script = script

    @contextmanager
    def start(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
        """As it is, but for the program after the words that tell its process."""
        assert argv[:2] == ("sh", "-c")
        with super().start((*argv[:4], "sh", "-c", self._script), environment=environment) as running:
            yield running


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        (
            "echo '✓ lab up (3 s)' >&2; echo '✓ machines made' >&2; exec sleep 30",
            "machines made",
        ),
        ("echo 'building the lab' >&2; exec sleep 30", ""),
    ],
)
def test_a_killed_demo_tells_the_last_stage_that_it_had_behind_it(script: str, stage: str) -> None:
    clock = SystemClock()
    began = clock.monotonic()
    assert _kill(ToyDemo(script), clock, 0.5) == (f"after {stage}" if stage else "before the lab was up")
    assert clock.monotonic() - began < 20, "it was killed, and not waited for"
