"""Every command speaks plainly: a summary, an example that begins with its own name, and a word on each option."""

import json
import re
import sys
from typing import TypedDict

import pytest

from commands.command import HELP
from groundwork.shell.command import LocalCommands

NARROW = 80
OF_THEIR_OWN = {  # options that mean something else than what commands share under that name
    ("backup.clear-refused", "only"),  # files of a repository
    ("demo", "reason"),
    ("drill.report", "out"),
    ("estate.schema", "out"),
    ("lab.up", "city"),
    ("runs.cancel", "reason"),
    ("runs.undo", "reason"),
    ("test", "only"),  # parts of the suite
}
NO_OPERATIONS = {"runs.prune"}  # carried out, but by no plan of an operation: it changes the ledger, and nothing else
OPTION_WITH_LETTER = re.compile(r"-(\w)(?: \w+)?, --(?:\[no-\])?([\w-]+)")

# In a process of its own, and once: Invoke takes the words out of a task when it parses a command line.
READ_COMMANDS = """
import inspect, io, json, tasks
from contextlib import redirect_stdout
from commands.program import CityProgram
named = {name: tasks.namespace[name] for name in tasks.namespace.task_names}
explained = {name: dict(task.help or {}) for name, task in named.items()}
program = CityProgram(name="cityops", binary="inv")
program.create_config()
program.parse_core(["inv"])
program.parse_collection()
program.parse_tasks()

def help_of(name):
    with redirect_stdout(io.StringIO()) as shown:
        program.print_task_help(name)
    return shown.getvalue()

print(json.dumps({name: {
    "said": inspect.getdoc(task.body) or "",
    "options": list(inspect.signature(task.body).parameters)[1:],
    "explained": explained[name],
    "help": help_of(name),
} for name, task in named.items()}))
"""


class Command(TypedDict):
    """What a command says of itself."""

    said: str
    options: list[str]
    explained: dict[str, str]
    help: str


COMMANDS: dict[str, Command] = json.loads(
    LocalCommands()
    .run([sys.executable, "-P", "-c", READ_COMMANDS], timeout_seconds=60, environment={"COLUMNS": str(NARROW)})
    .stdout
)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_a_summary_and_an_example(name: str) -> None:
    said = COMMANDS[name]["said"]
    assert said.splitlines()[0].endswith("."), "the docstring's first line is the summary in inv --list"
    assert f"Example: inv {name}" in said


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_option_of_a_command_is_explained(name: str) -> None:
    command = COMMANDS[name]
    assert sorted(set(command["options"]) - set(command["explained"])) == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_a_command_fits_a_narrow_terminal(name: str) -> None:
    shown = COMMANDS[name]["help"]
    assert shown.startswith(f"Usage: inv {name}")
    assert [line for line in shown.splitlines() if len(line) > NARROW] == []


def test_a_letter_means_one_option_in_all_commands() -> None:
    found = [pair for command in COMMANDS.values() for pair in OPTION_WITH_LETTER.findall(command["help"])]
    meanings = {letter: {name for one, name in found if one == letter} for letter, _ in found}
    assert {letter: names for letter, names in meanings.items() if len(names) > 1} == {}
    assert meanings["s"] == {"settings"}


def test_an_option_that_commands_share_is_written_once() -> None:
    own = {
        (name, option)
        for name, command in COMMANDS.items()
        for option, words in command["explained"].items()
        if option in HELP and words != HELP[option]
    }
    assert own == OF_THEIR_OWN


def test_what_can_be_carried_out_can_be_saved_approved_and_carried_out_in_an_emergency() -> None:
    lacking = {
        name: sorted({"out", "plan", "emergency"} - set(command["options"]))
        for name, command in COMMANDS.items()
        if "live" in command["options"]
    }
    lacking_some = {name for name, options in lacking.items() if options}
    assert lacking_some == NO_OPERATIONS
