"""The command line itself: how arguments become a task, and a task's end becomes an exit code."""

import inspect
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from invoke import Exit, ParseError, Program

from groundwork.errors import OpsError, UsageError

CHECKOUT = Path(__file__).resolve().parent.parent
INTERRUPTED_EXIT_CODE = 7
DEFECT_EXIT_CODE = 1


class CityProgram(Program):
    """Invoke's program with a front page of our own; its many options for running shell commands stay out of sight."""

    FRONT_PAGE: ClassVar[str] = """\
cityops: one reviewed description of a city's computing, and the commands that make it so, keep it safe and prove it.

Usage: inv COMMAND [--options]     inv COMMAND --help (with an example)     inv --list (this list)

A command that changes something rehearses unless --live is typed. The answer goes to standard output, progress to
standard error. Exit codes: 0 done, 1 wrong usage, 2 a rehearsal shows changes, 3 refused, 4 settings or estate wrong,
5 an outside system failed, 6 verification disagrees or an objective was missed, 7 interrupted.
"""

    def parse_core(self, argv: list[str] | None) -> None:
        """Parse as Invoke does, but keep compiled files: without them every call compiles the commands anew."""
        super().parse_core(argv)
        sys.dont_write_bytecode = False

    def parse_tasks(self) -> None:
        """Parse the command and its options. Raises UsageError where Invoke has no idea what was meant."""
        with _told_plainly():
            super().parse_tasks()

    def parse_cleanup(self) -> None:
        """Answer --help and --list. Raises UsageError for the help of a command that is not there."""
        with _told_plainly():
            super().parse_cleanup()

    def load_collection(self) -> None:
        """Take the collection of the checkout's tasks.py, wherever the command was typed."""
        import tasks

        self.collection = tasks.namespace

    def print_help(self) -> None:
        """Print the front page and the list of commands."""
        sys.stdout.write(self.FRONT_PAGE + "\n")
        if not hasattr(self, "scoped_collection"):
            self.load_collection()
            self.scoped_collection = self.collection
            self.list_root, self.list_depth, self.list_format = None, None, "flat"
        self.list_tasks()

    def print_task_help(self, name: str) -> None:
        """Print how one command is typed, what it does, and its options."""
        context = self.parser.contexts[name]
        wanted = "".join(f" {argument.name.upper()}" for argument in context.positional_args)
        options = context.help_tuples()
        said = inspect.getdoc(self.collection[name]) or ""
        sys.stdout.write(f"Usage: inv {name}{wanted}{' [--options]' if options else ''}\n\n{said}\n\n")
        if options:
            sys.stdout.write("Options:\n")
            self.print_columns(options)

    def print_version(self) -> None:
        """Print the version that pyproject.toml names."""
        import tomllib

        described = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
        sys.stdout.write(f"cityops {described['project']['version']}\n")

    def execute(self) -> None:
        """Run the tasks; Ctrl-C ends with the exit code of an interrupted run."""
        try:
            super().execute()
        except KeyboardInterrupt:
            message = "interrupted: see `inv runs.list` for a run that can be resumed"
            raise Exit(message, code=INTERRUPTED_EXIT_CODE) from None


def main(arguments: Sequence[str], program: Program | None = None) -> int:
    """Run one command line and return its exit code (house.md); what went wrong is said on standard error."""
    try:
        (program or CityProgram(name="cityops", binary="inv", binary_names=["inv"])).run(["inv", *arguments])
    except OpsError as error:
        sys.stderr.write(f"error: {error.message}\n  what to do: {error.hint}\n")
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; the interpreter would complain about it at exit
        return DEFECT_EXIT_CODE
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DEFECT_EXIT_CODE
    except Exception as defect:  # noqa: BLE001 - the command line's last: nothing above it could say what happened
        _tell_defect(defect, in_full="--debug" in arguments)
        return DEFECT_EXIT_CODE
    return 0


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except ParseError as error:
        hint = "`inv --list` names every command, `inv COMMAND --help` its options"
        raise UsageError(f"the command line was not understood: {error}", hint=hint) from error


def _tell_defect(defect: Exception, *, in_full: bool) -> None:
    text = "".join(traceback.format_exception(defect))
    if in_full:
        sys.stderr.write(text)
        return
    with tempfile.NamedTemporaryFile("w", prefix="inv-defect-", suffix=".log", delete=False) as log:
        log.write(text)
    sys.stderr.write(
        f"error: a defect of cityops itself ({type(defect).__name__})\n"
        f"  what to do: report it with {Path(log.name)}, or see it here with --debug\n"
    )
