"""Every command speaks plainly: a summary, an example that begins with its own name, and a word on each option."""

import json
import sys
from typing import TypedDict

import pytest

from groundwork.shell.command import LocalCommands

# In a process of its own: Invoke takes the words out of a task when it parses a command line.
READ_COMMANDS = """
import inspect, json, tasks
named = {name: tasks.namespace[name] for name in tasks.namespace.task_names}
print(json.dumps({name: {
    "said": inspect.getdoc(task.body) or "",
    "options": list(inspect.signature(task.body).parameters)[1:],
    "explained": sorted(task.help or {}),
} for name, task in named.items()}))
"""


class Command(TypedDict):
    """What a command says of itself."""

    said: str
    options: list[str]
    explained: list[str]


COMMANDS: dict[str, Command] = json.loads(
    LocalCommands().run([sys.executable, "-P", "-c", READ_COMMANDS], timeout_seconds=60).stdout
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
