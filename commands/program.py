"""The command line itself: how arguments become a task, and a task's end becomes an exit code."""

import inspect
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Any, ClassVar

from invoke import Exit, ParseError, Program

from commands import completion
from commands.checkout import ROOT
from commands.expense import expense_reported
from commands.options import NoFiles, check_values
from commands.output import guarded_streams
from groundwork.errors import OpsError, UsageError

INTERRUPTED_EXIT_CODE = 7
DEFECT_EXIT_CODE = 1
LIST_FORMATS = ("flat", "nested", "json")
INVOKES_OWN_OPTIONS = {
    "help",
    "list",
    "list-depth",
    "list-format",
    "version",
    "debug",
    "complete",
    "print-completion-script",
}
WIDEST = 120  # columns; a narrower terminal is filled, and a pipe counts as 80


class CityProgram(Program):
    """Invoke's program with a front page of our own; its many options for running shell commands are refused."""

    FRONT_PAGE: ClassVar[str] = """\
cityops: one reviewed description of a city's computing, and the commands that
make it so, keep it safe and prove it.

Usage: inv COMMAND [--options]
       inv COMMAND --help         its options, with an example

A command that changes something rehearses unless --live is typed. The answer
goes to standard output, progress to standard error. Exit codes: 0 done, 1 wrong
usage, 2 a rehearsal shows changes, 3 refused, 4 settings or estate wrong,
5 an outside system failed, 6 verification disagrees or an objective was missed,
7 interrupted.

--only KIND:VALUE,... limits a command to the things that one of the words
selects. KIND is name (also SITE/NAME), site, agency, service, role, kind
(machine, host, ...), policy, tier or template; it may be left out where one kind
alone has the VALUE.
"""

    def parse_core(self, argv: list[str] | None) -> None:
        """Parse what stands before a command; Invoke would also keep no compiled files, and print its own script."""
        self.normalize_argv(_help_first(argv or []))
        with _plain_errors(()):
            self.parse_core_args()
        if self.args.version.value:
            self.print_version()
            raise Exit
        if shell := self.args["print-completion-script"].value:
            sys.stdout.write(completion.script_for(shell))
            raise Exit

    def parse_tasks(self) -> None:
        """Parse the command and its options. Raises UsageError where Invoke has no idea what was meant."""
        with _plain_errors(self.collection.task_names):
            super().parse_tasks()
            _refuse_options_for_shell_commands(self.core[0])
            for context in self.tasks:
                _refuse_unknown_option(context)
                check_values(context)
            if len(self.tasks) > 1:
                first, second = (context.name for context in self.tasks[:2])
                raise UsageError(
                    f"two commands on one line: {first} and {second}",
                    hint="type them one after the other; a command's options stand behind its name",
                )

    def parse_cleanup(self) -> None:
        """Answer --help, --list and a shell's Tab. Raises UsageError for a command or a format that is not there."""
        if (wanted := self.args["list-format"].value) not in LIST_FORMATS:
            raise UsageError(f"there is no list format {wanted!r}", hint=f"the formats: {', '.join(LIST_FORMATS)}")
        if self.args.complete.value:
            typed = self.argv[self.argv.index("--") + 2 :] if "--" in self.argv else []
            sys.stdout.writelines(f"{one}\n" for one in completion.candidates(typed, self.parser.contexts))
            raise Exit
        with _plain_errors(self.collection.task_names):
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

    def task_list_opener(self, extra: str = "") -> str:
        """The words above the list of commands."""
        return f"Commands{extra}"

    def print_columns(self, tuples: Sequence[tuple[str, str | None]]) -> None:
        """Print names with their explanations beside them; an option in an explanation is not broken at its hyphens."""
        indent = max(len(name) for name, _ in tuples) + 5
        for name, said in tuples:
            lines = wrap(said or "", _columns() - indent, break_on_hyphens=False) or [""]
            sys.stdout.write(f"  {name:<{indent - 2}}{lines[0]}".rstrip() + "\n")
            sys.stdout.writelines(f"{'':{indent}}{line}\n" for line in lines[1:])
        sys.stdout.write("\n")

    def print_task_help(self, name: str) -> None:
        """Print how one command is typed, what it does, and its options."""
        context = self.parser.contexts[name]
        wanted = "".join(f" {argument.name.upper()}" for argument in context.positional_args)
        options = context.help_tuples()
        said = _in_columns(inspect.getdoc(self.collection[name]) or "")
        sys.stdout.write(f"Usage: inv {name}{wanted}{' [--options]' if options else ''}\n\n{said}\n\n")
        if options:
            sys.stdout.write("Options:\n")
            self.print_columns(options)

    def print_version(self) -> None:
        """Print the version that pyproject.toml names."""
        import tomllib

        described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
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
    made = program or CityProgram(name="cityops", binary="inv", binary_names=["inv"], config_class=NoFiles)
    with guarded_streams(), expense_reported():
        code = _worded(lambda: _ended(made, ["inv", *arguments]), in_full="--debug" in arguments)
        return _worded(lambda: _flushed(code), in_full=False)


def _worded(act: Callable[[], int], *, in_full: bool) -> int:
    """What `act` ends with; what stops it is said."""
    try:
        return act()
    except OpsError as error:
        sys.stderr.write(f"error: {error.message}\n  what to do: {error.hint}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE
    except Exception as defect:  # noqa: BLE001 - the command line's last: nothing above it could say what happened
        _tell_defect(defect, in_full=in_full)
        return DEFECT_EXIT_CODE


def _ended(program: Program, argv: list[str]) -> int:
    try:
        program.run(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DEFECT_EXIT_CODE
    return 0


def _flushed(code: int) -> int:
    sys.stdout.flush()  # a full disk shows here, or only when the interpreter ends
    return code


def _help_first(argv: list[str]) -> list[str]:
    """`inv COMMAND … --help` as `inv --help COMMAND`; else a command that wants a name takes --help for one."""
    words = [word for word in argv[1:] if not word.startswith("-")]
    return [argv[0], "--help", words[0]] if words and {"-h", "--help"}.intersection(argv) else argv


def _refuse_unknown_option(context: Any) -> None:  # noqa: ANN401 - Invoke gives its contexts no useful type
    """Refuse what Invoke takes for a name because a name is still wanted. Raises UsageError."""
    for argument in context.positional_args:
        if str(argument.value).startswith("-"):
            raise UsageError(
                f"{context.name} has no option {argument.value}",
                hint=f"`inv {context.name} --help` names the options it has",
            )


def _refuse_options_for_shell_commands(core: Any) -> None:  # noqa: ANN401 - as above
    """Refuse an option that would do nothing here: whoever types --live --dry must not believe in a dry run."""
    for name, argument in core.args.items():
        if argument.got_value and name not in INVOKES_OWN_OPTIONS:
            raise UsageError(f"there is no option --{name}", hint="`inv COMMAND --help` names the options of a command")


@contextmanager
def _plain_errors(commands: Iterable[str]) -> Iterator[None]:
    hint = "`inv --list` names every command, `inv COMMAND --help` its options"
    try:
        yield
    except ParseError as error:
        if error.context is not None:
            _refuse_unknown_option(error.context)
        raise UsageError(f"the command line was not understood: {_plainly(error, commands)}", hint=hint) from error
    except ValueError as error:  # what Invoke lets through of an option's int()
        wrong = str(error).rpartition(": ")[2]
        raise UsageError(f"the command line was not understood: {wrong} is no whole number", hint=hint) from error


def _plainly(error: ParseError, commands: Iterable[str]) -> str:
    """Invoke's words without its own vocabulary, and with the command that was probably meant."""
    said = str(error)
    if valueless := re.match(r"Flag <Argument: ([\w-]+).* needed value", said):
        return f"--{valueless[1]} needs a value"
    unknown = re.match(r"No idea what '(.+)' is!", said)
    near = get_close_matches(unknown[1], list(commands), 1) if unknown else []
    return f"{said} Perhaps {near[0]}?" if near else said


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _in_columns(said: str) -> str:
    """A docstring as wide as the terminal; an example stays on its line, to be copied."""
    paragraphs = said.split("\n\n")
    filled = (text if text.startswith("Example:") else "\n".join(wrap(text, _columns())) for text in paragraphs)
    return "\n\n".join(filled)


def _tell_defect(defect: Exception, *, in_full: bool) -> None:
    text = "".join(traceback.format_exception(defect))
    if in_full:
        sys.stderr.write(text)
        return
    kept = ""
    with suppress(OSError), tempfile.NamedTemporaryFile("w", prefix="inv-defect-", suffix=".log", delete=False) as log:
        log.write(text)
        kept = f"report it with {Path(log.name)}, or "
    sys.stderr.write(
        f"error: a defect of cityops itself ({type(defect).__name__})\n  what to do: {kept}see it here with --debug\n"
    )
