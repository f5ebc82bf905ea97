"""Proof that the demo survives being killed: kill it at random moments, type it again, and see it succeed."""

import os
import random
import signal
from typing import TYPE_CHECKING, cast

from invoke import Exit

from commands.command import Asked, command
from commands.context import answer, say
from commands.own_command import inv_argv, inv_environment
from groundwork.shell.clock import Clock, SystemClock
from groundwork.shell.command import CommandRunner, LocalCommands

if TYPE_CHECKING:
    from groundwork.change.step import Json

_SECONDS = 1800.0
_END_SECONDS = 30.0
_EARLIEST_SECONDS = 1.0
_DEMO = inv_argv("demo")


@command(
    "json",
    help={
        "times": "how often it is killed and typed again",
        "within": "the latest moment of a kill, in seconds (default: how long an undisturbed demo takes)",
        "seed": "where the random moments begin, to have the same ones again (default: another each time)",
    },
)
def kill_demo(asked: Asked, *, times: int = 10, within: int = 0, seed: int = 0) -> None:
    """Kill the demo (SIGKILL) at random moments, run it again each time, and report the moments and how each ended.

    Takes the lab down before each kill, so that its bring-up is met too; its ledgers and evidence are kept aside.

    Example: inv dev.kill-demo
    Example: inv dev.kill-demo --times 3 --within 60
    """
    commands, clock = LocalCommands(), SystemClock()
    seed = seed or random.SystemRandom().randrange(1, 1 << 31)
    moments = random.Random(seed)  # noqa: S311 - moments of a test, no secret
    latest = float(within) or _whole(commands, clock)
    say(f"seed {seed}: {times} kills within {latest:.0f} s")
    rows = []
    for number in range(1, times + 1):
        moment = moments.uniform(_EARLIEST_SECONDS, latest)
        _take_down(commands)
        stage = _kill(commands, clock, moment)
        began = clock.monotonic()
        code, said = _run(commands)
        row = {"moment_seconds": round(moment, 1), "during": stage, "then": code}
        rows.append({**row, "seconds": round(clock.monotonic() - began)})
        say(f"{number}/{times}: killed at {moment:.1f} s ({stage}), then {code} in {rows[-1]['seconds']} s")
        if code != 0:
            say(said)
    succeeded = sum(row["then"] == 0 for row in rows)
    document: Json = {"seed": seed, "succeeded": succeeded, "kills": cast("Json", rows)}
    answer(document, lambda: f"{succeeded} of {times} demos succeeded after a kill", as_json=asked.json)
    if succeeded != times:
        raise Exit(code=6)


def _take_down(commands: CommandRunner) -> None:
    commands.run(inv_argv("lab.down", "--interrupt"), timeout_seconds=_SECONDS, environment=inv_environment())


def _whole(commands: CommandRunner, clock: Clock) -> float:
    """How long a demo takes that nobody disturbs, with no lab up."""
    _take_down(commands)
    began = clock.monotonic()
    code, said = _run(commands)
    if code != 0:
        say(said)
        raise Exit("the undisturbed demo does not succeed", code=6)
    return clock.monotonic() - began


def _run(commands: CommandRunner) -> tuple[int, str]:
    done = commands.run(_DEMO, timeout_seconds=_SECONDS, environment=inv_environment(), check=False)
    return done.exit_code, done.stderr[-2000:]


def _kill(commands: CommandRunner, clock: Clock, moment: float) -> str:
    """Start a demo, SIGKILL its process at the moment, and say which stage it had reached."""
    argv = ("sh", "-c", 'echo $$; exec "$@"', "sh", *_DEMO)
    with commands.start(argv, environment=inv_environment()) as demo:
        pid = int(demo.stdout.readline())
        clock.sleep(moment)
        os.kill(pid, signal.SIGKILL)
        said = demo.wait(timeout_seconds=_END_SECONDS).stderr.splitlines()
    done = [line for line in said if line.startswith("✓")]
    return f"after {done[-1][2:]}" if done else "before the lab was up"
