"""The reference page of the commands is what the commands say now, and shows the JSON of each that prints some."""

import json
import sys

from commands.checkout import ROOT
from groundwork.shell.command import LocalCommands

# In a process of its own: Invoke takes the words out of a task when it parses a command line.
READ = """
import json, tasks
from commands.command_reference import render_commands, exit_codes
page = render_commands()
contexts = {one.name: sorted(one.args) for one in tasks.namespace.to_contexts()}
codes = {name: exit_codes(name, set(options)) for name, options in contexts.items()}
print(json.dumps({"page": page, "options": contexts, "codes": codes}))
"""
READ_OUT = json.loads(LocalCommands().run([sys.executable, "-P", "-c", READ], timeout_seconds=120).stdout)


def test_the_page_is_what_the_commands_say() -> None:
    page = ROOT / "docs" / "reference" / "commands.md"
    assert page.read_text(encoding="utf-8") == READ_OUT["page"], "run: inv dev.docs"


def test_the_shape_of_every_json_document_is_described() -> None:
    from commands.json_shapes import SHAPES, shapes_of  # noqa: PLC0415 - it imports every product

    with_json = {name for name, options in READ_OUT["options"].items() if "json" in options}
    reported = {name for name, options in READ_OUT["options"].items() if shapes_of(name, options)}
    assert with_json == reported, "describe the shape in commands/json_shapes.py"
    assert set(SHAPES) <= with_json


def test_every_command_has_exit_codes_in_order() -> None:
    untold = [name for name, codes in READ_OUT["codes"].items() if codes != sorted(codes) or codes[:2] != [0, 1]]
    assert untold == [], "add them in commands/command_reference.py"
