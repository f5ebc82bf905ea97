"""The main job, once, in the lab: from nothing to a drill's report, as one command."""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Context, Exit, task

from commands.output import redraw
from commands.own_command import inv_argv, inv_environment
from groundwork.errors import InterruptedRunError, OutsideError, RefusedError
from groundwork.shell.clock import Clock, SystemClock
from groundwork.shell.command import LeashedCommands, LocalCommands

if TYPE_CHECKING:
    from datetime import timedelta

_SECONDS = 1800.0  # no stage takes longer on a machine where nothing is cached
_DRILL = "central-lost"
_BACKED_UP = "template:tmpl-lab-guest"  # the machines that really boot here


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One command of the demo, as a person would type it; `good` are the exit codes it may end with."""

    title: str
    arguments: tuple[str, ...]
    good: tuple[int, ...] = (0,)


def stages(reason: str) -> tuple[Stage, ...]:
    """The demo's commands in order."""
    live = ("--live", "--reason", reason, "--json")
    return (
        Stage(title="check the estate", arguments=("estate.check", "--json")),
        Stage(title="apply the machines", arguments=("machines.apply", *live)),
        Stage(title="apply the hosts", arguments=("hosts.apply", *live)),
        Stage(title="prepare the repositories", arguments=("backup.prepare", *live)),
        Stage(title="back the machines up", arguments=("backup.run", "--only", _BACKED_UP, *live)),
        Stage(title="replicate twice", arguments=("backup.replicate", *live)),
        Stage(title="lose central, recover at nchc", arguments=("drill.run", _DRILL, *live), good=(0, 6)),
        Stage(title="show the metrics", arguments=("exporters.show",)),
    )


@task(
    name="demo",
    help={
        "install": "install what the lab lacks (--no-install refuses with the list instead)",
        "reason": "why, for the record of every run",
    },
)
def run_demo(_context: Context, *, install: bool = True, reason: str = "demo") -> None:
    """Walk the main road in the lab: up, apply, back up, replicate, lose a site, recover, report.

    Example: inv demo
    """
    clock = SystemClock()
    began = clock.monotonic()
    driver = Screen(clock)
    up = ("lab.up",) if install else ("lab.up", "--no-install")
    driver.run(Stage(title="bring the lab up", arguments=up))
    settle_predecessor(driver)
    answers = {stage.arguments[0]: driver.run(stage) for stage in stages(reason)}
    report = driver.run(Stage(title="write the report", arguments=("drill.report", "--json")))
    drill = json.loads(answers["drill.run"])
    print(render_summary(drill, json.loads(report), answers, seconds=clock.monotonic() - began))
    if drill["exit_code"] != 0:
        raise Exit(code=drill["exit_code"])


def settle_predecessor(screen: "Screen") -> None:
    """Resume what a killed demo left; what cannot be resumed is cancelled, its steps undone."""
    for run in json.loads(screen.ask("runs.list", "--json")):
        if run["status"] != "interrupted":
            continue
        resume = Stage(
            title=f"resume {run['id']}", arguments=("runs.resume", run["id"], "--json"), good=(0, 1, 3, 4, 5, 6)
        )
        screen.run(resume)
        if _status(screen, run["id"]) == "interrupted":
            cancel = ("runs.cancel", run["id"], "--reason", "its demo was killed and it cannot be resumed", "--json")
            refused = RefusedError.exit_code  # another version's run stays as it is
            screen.run(Stage(title=f"cancel {run['id']}", arguments=cancel, good=(0, refused)))


def _status(screen: "Screen", run_id: str) -> str:
    return str(json.loads(screen.ask("runs.show", run_id, "--json"))["status"])


class Screen:
    """Runs the demo's commands one after another, each with a line that says how it goes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live = sys.stderr.isatty()

    def run(self, stage: Stage) -> str:
        """Run the stage and return its answer. Raises OutsideError with its last words when it ends badly."""
        began = self._clock.monotonic()
        code, answer, said = self._execute(stage.arguments, lambda line: self._hear(stage, line))
        took = self._clock.monotonic() - began
        self._show(f"{'✓' if code in stage.good else '✗'} {stage.title} ({took:.0f} s)", final=True)
        if code == InterruptedRunError.exit_code:
            raise InterruptedRunError(
                f"{stage.title} was interrupted", hint="type `inv demo` again: it goes on from there"
            )
        if code not in stage.good:
            raise OutsideError(f"{stage.title} ended with {code}:\n{said}", hint=f"inv {' '.join(stage.arguments)}")
        return answer

    def ask(self, *arguments: str) -> str:
        """Run a reading command without a line of its own."""
        return self._execute(arguments, lambda _line: None)[1]

    def _execute(self, arguments: tuple[str, ...], hear: Callable[[str], None]) -> tuple[int, str, str]:
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as answer:
            # The command's progress (standard error) comes through the pipe, its answer goes to the file.
            argv = ["sh", "-c", 'exec "$@" 2>&1 >"$0"', answer.name, *inv_argv(*arguments)]
            last: list[str] = []
            # What lab.up starts stays up; what the other commands start ends with them.
            commands = LocalCommands() if arguments[0] == "lab.up" else LeashedCommands()
            with commands.start(argv, environment=inv_environment()) as child:
                for line in child.stdout:
                    last = [*last, line.decode(errors="replace").rstrip()][-8:]
                    hear(last[-1])
                code = child.wait(timeout_seconds=_SECONDS).exit_code
            return code, Path(answer.name).read_text(encoding="utf-8"), "\n".join(last)

    def _hear(self, stage: Stage, line: str) -> None:
        """Show the newest word of a stage; what it installs, and why, is there to stay."""
        if line.startswith("installing "):
            self._show(f"  {line}", final=True)
        else:
            self._show(f"  … {stage.title}: {line}")

    def _show(self, text: str, *, final: bool = False) -> None:
        if self._live:
            redraw(text[:78], final=final)
        elif final:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def render_summary(drill: dict[str, Any], report: dict[str, Any], answers: dict[str, str], *, seconds: float) -> str:
    """Ten lines: what was done, what was measured, where the report is, how to take the lab down."""
    from pydantic import TypeAdapter

    from groundwork.model.drill import DrillOutcome

    outcome = TypeAdapter(DrillOutcome).validate_python(drill["summary"])
    points = json.loads(answers["backup.run"])["summary"]["points"]
    pulls = json.loads(answers["backup.replicate"])["summary"]["pulls"]
    proven = sum(pull["proven"] for pull in pulls)
    page = answers["exporters.show"].splitlines()
    series = [line for line in page if line.startswith("cityops_drill_success{") and outcome.scenario in line]
    green = sum(float(line.rpartition(" ")[2]) == 1 for line in series)
    recovered = sum(one.rto is not None for one in outcome.recoveries)
    lines = (
        f"drill {outcome.scenario}: {outcome.result}",
        f"services recovered  {recovered} of {len(outcome.recoveries)}",
        f"slowest recovery    {_worst([one.rto for one in outcome.recoveries])} (RTO)",
        f"most data lost      {_worst([one.rpo for one in outcome.recoveries])} (RPO)",
        f"left behind         {', '.join(outcome.leftovers) or 'nothing'}",
        f"copies              {len(points)} restore points, {proven} files proven on {len(pulls)} hops",
        f"metrics             cityops_drill_success is 1 for {green} of {len(series)} services (`inv exporters.show`)",
        f"report              {report['files'][1]}",
        f"took                {seconds:.0f} s",
        "the lab stays up: `inv lab.status` shows it, `inv lab.down` takes it down",
    )
    return "\n".join(lines)


def _worst(spans: "list[timedelta | None]") -> str:
    """The longest span in seconds; one that was never measured is the worst."""
    known = [span for span in spans if span is not None]
    return f"{max(known).total_seconds():.0f} s" if known and len(known) == len(spans) else "not measured"
